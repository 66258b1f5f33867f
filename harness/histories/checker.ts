/**
 * Decides whether a history could have happened one call at a time: whether each call can be given a moment
 * between its start and its end, such that a queue that performs the calls in the order of these moments
 * gives exactly the same answers.
 *
 * The algorithm is that of Wing and Gong with the addition of Lowe ("Testing for linearizability", 2017). It
 * goes through the events in order, performs a call only when its own end or that of another call requires
 * it, and visits no situation twice. A situation is the position in the history, the set of open calls that
 * were performed, and the queue.
 *
 * Time: a call is decided at a time that the clock showed between its start and its end. A change is never
 * decided at an earlier time than the change before it. A read may be decided at a later time than a change
 * that is under way.
 */
import type { Millis } from '../../src/domain/time.ts'
import { type Answer, fits, type HistoryQueue, type RecordedCall } from './history.ts'

/** Upper bound on the situations. A history that needs more is undecided. */
const situationsMax = 300_000

/** The search reached its bound. This says nothing about the history. */
export class Undecided extends Error {}

/** Why no order of the calls explains a history. */
export interface Impossible {
  /** The first call whose end cannot be reached. The history before it is possible. */
  readonly wrong: RecordedCall
  /** What the call could have answered instead, over all orders of the calls. */
  readonly couldAnswer: readonly Answer[]
  /**
   * For moments at which no call was open: every queue that is possible then, by the number of the next
   * event.
   */
  readonly quiet: ReadonlyMap<number, readonly HistoryQueue[]>
}

/**
 * @param begin the possible queues before the first call
 * @returns null when the history is possible
 * @throws Undecided
 */
export function check(history: readonly RecordedCall[], begin: readonly HistoryQueue[]): Impossible | null {
  const search = new Search(history)
  return begin.some((queue) => search.visit(0, 0, queue)) ? null : search.impossible()
}

interface Open {
  readonly recorded: RecordedCall
  /** Its bit in the set of performed open calls. After its end, another call may use the bit. */
  readonly bit: number
}

interface Event {
  readonly at: number
  readonly isEnd: boolean
  readonly of: Open
  /** The calls that are open here, including this one, in the order of their ends. */
  readonly open: readonly Open[]
}

class Search {
  readonly #events: readonly Event[]
  readonly #visited = new Set<string>()
  /** Numbers the queues that were met. The number stands for the long text of a queue. */
  readonly #queueNumbers = new Map<string, number>()
  readonly #quiet = new Map<number, Map<string, HistoryQueue>>()
  #furthest = -1
  #couldAnswer = new Map<string, Answer>()

  constructor(history: readonly RecordedCall[]) {
    this.#events = eventsOf(history)
  }

  /**
   * Whether the rest of the history is possible.
   *
   * @param from the next event
   * @param done the bits of the open calls that were performed
   */
  visit(from: number, done: number, queue: HistoryQueue): boolean {
    let index = from
    let performed = done
    for (; index < this.#events.length; index++) {
      const { isEnd, of, open, at } = this.#events[index]!
      if (!isEnd) {
        if (open.length === 1) this.#noteQuiet(at, queue)
        continue
      }
      if ((performed & of.bit) === 0) break
      performed &= ~of.bit
    }
    if (index === this.#events.length) return true

    const { of, open } = this.#events[index]!
    performed = withoutEffect(open, performed, queue)
    if ((performed & of.bit) !== 0) return this.visit(index, performed, queue)
    this.#noteWrong(index, of, queue)

    const situation = `${index} ${performed} ${this.#numberOf(queue)}`
    if (this.#visited.has(situation)) return false
    if (this.#visited.size >= situationsMax) throw new Undecided(`${situationsMax} situations were searched`)
    this.#visited.add(situation)

    const others = open.filter((each) => each !== of && (performed & each.bit) === 0)
    for (const next of [of, ...others]) {
      for (const after of outcomesOf(next, queue)) {
        if (this.visit(index, performed | next.bit, after)) return true
      }
    }
    return false
  }

  impossible(): Impossible {
    const quiet = [...this.#quiet].map(([at, queues]) => [at, [...queues.values()]] as const)
    return {
      wrong: this.#events[this.#furthest]!.of.recorded,
      couldAnswer: [...this.#couldAnswer.values()],
      quiet: new Map(quiet),
    }
  }

  #numberOf({ text }: HistoryQueue): number {
    const known = this.#queueNumbers.get(text) ?? this.#queueNumbers.size
    this.#queueNumbers.set(text, known)
    return known
  }

  #noteQuiet(at: number, queue: HistoryQueue): void {
    const known = this.#quiet.get(at)
    if (known === undefined) this.#quiet.set(at, new Map([[queue.text, queue]]))
    else known.set(queue.text, queue)
  }

  #noteWrong(index: number, { recorded }: Open, queue: HistoryQueue): void {
    if (index < this.#furthest) return
    if (index > this.#furthest) this.#couldAnswer = new Map()
    this.#furthest = index
    for (const time of timesOf(recorded, queue)) {
      const { answer } = queue.perform(recorded.call, time)
      this.#couldAnswer.set(JSON.stringify(answer), answer)
    }
  }
}

/**
 * Open calls that change nothing, according to their answers. They can be performed as soon as they fit. That
 * excludes no other order. A head/lock without requests is not one of them where it may give requests up (13.12):
 * with the same answer, it may change something later.
 */
function withoutEffect(open: readonly Open[], done: number, queue: HistoryQueue): number {
  let performed = done
  for (const each of open) {
    if ((performed & each.bit) !== 0 || !changesNothing(each.recorded)) continue
    if (queue.mayGiveUp && each.recorded.call.do === 'lockHead') continue
    if (outcomesOf(each, queue).some((after) => after === queue)) performed |= each.bit
  }
  return performed
}

/** Whether the answer says that the call changed nothing, apart from the first access of a client. */
export function changesNothing({ call, answer }: RecordedCall): boolean {
  if ('refused' in answer) return true
  if (call.do === 'getRequest' || call.do === 'getQueue' || call.do === 'listHead') return true
  if (call.do === 'lockHead') return (answer['items'] as readonly string[]).length === 0
  if (call.do === 'addRequests') return !(answer['added'] as readonly string[]).includes('new')
  if (call.do === 'act') return answer['done'] === 0
  return call.do === 'unlockRequests' && answer['unlockedCount'] === 0
}

/** The possible queues after the call. Empty when its answer does not fit. */
function outcomesOf({ recorded }: Open, queue: HistoryQueue): HistoryQueue[] {
  const outcomes: HistoryQueue[] = []
  for (const time of timesOf(recorded, queue)) {
    const { queue: after, answer } = queue.perform(recorded.call, time)
    if (fits(answer, recorded.answer)) outcomes.push(after)
  }
  return outcomes
}

function timesOf({ times }: RecordedCall, { now }: HistoryQueue): readonly Millis[] {
  return times[0]! >= now ? times : times.filter((time) => time >= now)
}

function eventsOf(history: readonly RecordedCall[]): Event[] {
  const openings = history.map((recorded) => ({ at: recorded.startedAt, recorded, isEnd: false }))
  const ends = history.map((recorded) => ({ at: recorded.endedAt, recorded, isEnd: true }))
  const moments = [...openings, ...ends].sort((a, b) => a.at - b.at)
  let open: readonly Open[] = []
  return moments.map(({ at, recorded, isEnd }) => {
    if (!isEnd) {
      const of = { recorded, bit: freeBit(open) }
      open = [...open, of].sort((a, b) => a.recorded.endedAt - b.recorded.endedAt)
      return { at, isEnd, of, open }
    }
    const of = open.find((each) => each.recorded === recorded)!
    const event = { at, isEnd, of, open }
    open = open.filter((each) => each !== of)
    return event
  })
}

function freeBit(open: readonly Open[]): number {
  const taken = open.reduce((bits, { bit }) => bits | bit, 0)
  for (let bit = 1; bit < 2 ** 30; bit *= 2) if ((taken & bit) === 0) return bit
  throw new Error('more than 30 calls were open at once')
}
