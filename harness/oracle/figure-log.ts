/**
 * What the oracle knows of the past of its queues (14.8). It compares each queue as it was before a call with how it is after
 * it, and writes down what is different. It does not know how the stores count.
 */
import type { Millis } from '../../src/domain/time.ts'
import type { Series } from '../../src/store/params/figures.ts'
import { hasFailed } from './insight-rules.ts'
import type { StoredQueue } from './stored.ts'

type Deed = 'added' | 'handedOut' | 'handled' | 'givenBack' | 'ranOut' | 'failed'

interface Seen {
  readonly isHandled: boolean
  /** When its lock ends. Null: it has none that is alive. */
  readonly lockEnd: Millis | null
}

interface Standing {
  readonly at: Millis
  readonly pending: number
  readonly locked: number
}

class QueuePast {
  readonly deeds: { readonly at: Millis; readonly deed: Deed }[] = []
  /** In the order of time. */
  readonly standings: Standing[] = []
  seen: ReadonlyMap<string, Seen> = new Map()
}

export class FigureLog {
  readonly #queues = new Map<string, QueuePast>()
  /** When the last call was made. */
  #lastAt: Millis = 0

  /** Comes first in every call: it sees what the last call has done, and the locks that ran out since. */
  look(queues: readonly StoredQueue[], now: Millis): void {
    for (const queue of queues) this.#lookAt(queue, now)
    for (const [id, past] of this.#queues) {
      if (!queues.some((queue) => queue.id === id)) this.#noteDeleted(past)
    }
    this.#lastAt = now
  }

  /** A head/lock has taken so many. */
  handedOut({ id }: StoredQueue, count: number, now: Millis): void {
    for (let each = 0; each < count; each++) this.#pastOf(id).deeds.push({ at: now, deed: 'handedOut' })
  }

  /** @param from the first second of the first step */
  series({ id }: StoredQueue, from: number, stepSecs: number, stepCount: number): Series {
    return this.#seriesOf(this.#pastOf(id), from, stepSecs, stepCount)
  }

  /** All queues together, those that are gone too. */
  serverSeries(from: number, stepSecs: number, stepCount: number): Series {
    const nothing = this.#seriesOf(new QueuePast(), from, stepSecs, stepCount)
    return [...this.#queues.values()].reduce((sum: Series, past) => {
      const series = this.#seriesOf(past, from, stepSecs, stepCount)
      const names = Object.keys(series) as (keyof Series)[]
      const added = names.map((name) => [name, series[name].map((count, index) => count + sum[name][index]!)])
      return Object.fromEntries(added) as Series
    }, nothing)
  }

  #seriesOf({ deeds, standings }: QueuePast, from: number, stepSecs: number, stepCount: number): Series {
    const starts = Array.from({ length: stepCount }, (_, index) => (from + index * stepSecs) * 1000)
    const countOf = (deed: Deed) =>
      starts.map((start) => {
        return deeds.filter((each) => each.deed === deed && isIn(each.at, start, stepSecs)).length
      })
    const atEnds = starts.map((start) => {
      return standings.findLast(({ at }) => at < start + stepSecs * 1000) ?? { pending: 0, locked: 0 }
    })
    return {
      added: countOf('added'),
      handedOut: countOf('handedOut'),
      handled: countOf('handled'),
      givenBack: countOf('givenBack'),
      ranOut: countOf('ranOut'),
      failed: countOf('failed'),
      pending: atEnds.map(({ pending }) => pending),
      locked: atEnds.map(({ locked }) => locked),
    }
  }

  #lookAt(queue: StoredQueue, now: Millis): void {
    const past = this.#pastOf(queue.id)
    const at = this.#lastAt
    const note = (deed: Deed) => past.deeds.push({ at, deed })
    const seen = new Map<string, Seen>()
    const lockEnds: Millis[] = []
    for (const request of queue.requests) {
      const { content, lock } = request
      const before = past.seen.get(content.id)
      const isHandled = content.handledAt !== null
      if (before === undefined) note('added')
      if (isHandled && before?.isHandled !== true) {
        note('handled')
        if (hasFailed(request)) note('failed')
      }
      if (before?.lockEnd != null && lock === null && !isHandled) note('givenBack')
      seen.set(content.id, { isHandled, lockEnd: lock?.expiresAt ?? null })
      if (lock !== null) lockEnds.push(lock.expiresAt)
    }
    past.seen = seen
    const pending = queue.requests.filter(({ place }) => place !== null).length
    past.standings.push({ at, pending, locked: lockEnds.length })
    // Since then time has passed, and nothing else.
    lockEnds.sort((a, b) => a - b)
    for (const [index, end] of lockEnds.entries()) {
      if (end > now) continue
      past.deeds.push({ at: end, deed: 'ranOut' })
      past.standings.push({ at: end, pending, locked: lockEnds.length - index - 1 })
    }
    for (const [id, { lockEnd, isHandled }] of seen) {
      if (lockEnd !== null && lockEnd <= now) seen.set(id, { isHandled, lockEnd: null })
    }
  }

  /** By the last call. Its locks ended then. */
  #noteDeleted(past: QueuePast): void {
    past.seen = new Map()
    if (past.standings.at(-1)?.pending !== 0) past.standings.push({ at: this.#lastAt, pending: 0, locked: 0 })
  }

  #pastOf(queueId: string): QueuePast {
    let past = this.#queues.get(queueId)
    if (past === undefined) {
      past = new QueuePast()
      this.#queues.set(queueId, past)
    }
    return past
  }
}

function isIn(at: Millis, start: Millis, stepSecs: number): boolean {
  return at >= start && at < start + stepSecs * 1000
}
