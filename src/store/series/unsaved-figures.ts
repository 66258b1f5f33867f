import type { Millis } from '../../domain/time.ts'
import { type FigureRow, figureSteps, type StepSecs, secondOf, stepStart } from './figure-columns.ts'
import type { QueueTally } from './queue-tally.ts'

/** Figures to add to a row. */
export interface FiguresToAdd extends FigureRow {
  readonly stepSecs: StepSecs
}

type Counts = { -readonly [Name in keyof FigureRow]: FigureRow[Name] }

/** Figures of committed transactions that are not saved yet, by queue and second. The store saves them once a second. */
export class UnsavedFigures<Queue> {
  readonly #queues = new Map<Queue, Map<number, Counts>>()

  get isEmpty(): boolean {
    return this.#queues.size === 0
  }

  /** Adds what a transaction has done. It has to have committed. */
  add(queue: Queue, now: Millis, tally: QueueTally): void {
    const seconds = this.#secondsOf(queue)
    const counts = countsOf(seconds, secondOf(now))
    counts.added += tally.added
    counts.handed_out += tally.handedOut
    counts.handled += tally.handled
    counts.given_back += tally.givenBack
    counts.failed += tally.failed
    counts.pending_change += tally.pendingChange
    counts.locked_change += tally.lockedChange
    tally.eachLockEnd((second, count) => {
      countsOf(seconds, second).ran_out += count
    })
  }

  /** The queues that have some. */
  queues(): Queue[] {
    return [...this.#queues.keys()]
  }

  /** Takes those of a queue, for a transaction that writes them. Null: there are none. */
  take(queue: Queue): TakenFigures | null {
    const seconds = this.#queues.get(queue)
    if (seconds === undefined) return null
    this.#queues.delete(queue)
    return { rows: rowsOf(seconds), giveBack: () => this.#giveBack(queue, seconds) }
  }

  /** Drops those of a deleted queue. */
  forget(queue: Queue): void {
    this.#queues.delete(queue)
  }

  #giveBack(queue: Queue, taken: Map<number, Counts>): void {
    const seconds = this.#secondsOf(queue)
    for (const [second, counts] of taken) addTo(countsOf(seconds, second), counts)
  }

  #secondsOf(queue: Queue): Map<number, Counts> {
    let seconds = this.#queues.get(queue)
    if (seconds === undefined) {
      seconds = new Map()
      this.#queues.set(queue, seconds)
    }
    return seconds
  }
}

export interface TakenFigures {
  /** For each step, shortest first, in the order of time. */
  readonly rows: readonly FiguresToAdd[]
  /** The transaction that should have written them has failed. */
  giveBack(): void
}

/** Every length of step gets the same figures, so nothing has to be summed up later. */
function rowsOf(seconds: ReadonlyMap<number, Counts>): FiguresToAdd[] {
  return figureSteps.flatMap(({ stepSecs }) => {
    const steps = new Map<number, Counts>()
    for (const [second, counts] of seconds) addTo(countsOf(steps, stepStart(second, stepSecs)), counts)
    const rows = [...steps.values()].filter(isNotZero).sort((a, b) => a.at - b.at)
    return rows.map((counts) => ({ stepSecs, ...counts }))
  })
}

function countsOf(byTime: Map<number, Counts>, at: number): Counts {
  let counts = byTime.get(at)
  if (counts === undefined) {
    counts = {
      at,
      added: 0,
      handed_out: 0,
      handled: 0,
      given_back: 0,
      ran_out: 0,
      failed: 0,
      pending_change: 0,
      locked_change: 0,
    }
    byTime.set(at, counts)
  }
  return counts
}

function addTo(sum: Counts, more: Counts): void {
  sum.added += more.added
  sum.handed_out += more.handed_out
  sum.handled += more.handled
  sum.given_back += more.given_back
  sum.ran_out += more.ran_out
  sum.failed += more.failed
  sum.pending_change += more.pending_change
  sum.locked_change += more.locked_change
}

function isNotZero({ at: _, ...counts }: Counts): boolean {
  return Object.values(counts).some((count) => count !== 0)
}
