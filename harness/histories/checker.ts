/**
 * Whether a history could have happened one call at a time: whether each call can be given one moment between its
 * beginning and its end, so that a queue to which the calls come in the order of these moments gives the very answers.
 *
 * The way is that of Wing and Gong, with what Lowe added to it ("Testing for linearizability", 2017): the events are gone
 * through in order, a call is only performed when another one's end (or its own) asks for it, and no situation (how far,
 * which of the open calls are done, the queue) is looked at twice.
 *
 * Time: a call is decided by a time that the clock showed between its beginning and its end, a change never by an earlier
 * one than the change before. A mere read may be ahead of a change that is on its way while it reads.
 */
import type { Millis } from '../../src/domain/time.ts'
import { type Answer, fits, type RecordedCall } from './history.ts'
import { perform, type SequentialQueue } from './sequential-queue.ts'

/** So many situations are looked at; a history that needs more is not decided. */
const situationsMax = 300_000

/** The order of the calls could not be found out within the bounds; it says nothing about the history. */
export class Undecided extends Error {}

/** Why no order of the calls explains a history. */
export interface Impossible {
  /** The first call whose end cannot be reached: up to there the history is possible. */
  readonly wrong: RecordedCall
  /** What it could have answered instead, by any order of the calls. */
  readonly couldAnswer: readonly Answer[]
  /** Every queue that there may have been at moments at which no call was open, by the number of the next event. */
  readonly quiet: ReadonlyMap<number, readonly SequentialQueue[]>
}

/**
 * @param begin what the queue may be before the first call
 * @returns null when the history is possible
 * @throws Undecided
 */
export function check(
  history: readonly RecordedCall[],
  begin: readonly SequentialQueue[],
): Impossible | null {
  const search = new Search(history)
  return begin.some((queue) => search.visit(0, 0, queue)) ? null : search.impossible()
}

interface Open {
  readonly recorded: RecordedCall
  /** Its bit in the set of open calls that are done; free for another call after its end. */
  readonly bit: number
}

interface Event {
  readonly at: number
  readonly isEnd: boolean
  readonly of: Open
  /** The calls open here, this one among them; those that ended first come first. */
  readonly open: readonly Open[]
}

class Search {
  readonly #events: readonly Event[]
  readonly #visited = new Set<string>()
  /** A number for each queue that was met: it takes the place of its text, which is long. */
  readonly #queueNumbers = new Map<string, number>()
  readonly #quiet = new Map<number, Map<string, SequentialQueue>>()
  #furthest = -1
  #couldAnswer = new Map<string, Answer>()

  constructor(history: readonly RecordedCall[]) {
    this.#events = eventsOf(history)
  }

  /**
   * Whether the rest of the history is possible.
   *
   * @param from the event that comes next
   * @param done the bits of the open calls that have been performed
   */
  visit(from: number, done: number, queue: SequentialQueue): boolean {
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
    if (this.#visited.size >= situationsMax) throw new Undecided(`${situationsMax} situations were looked at`)
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

  #numberOf({ text }: SequentialQueue): number {
    const known = this.#queueNumbers.get(text) ?? this.#queueNumbers.size
    this.#queueNumbers.set(text, known)
    return known
  }

  #noteQuiet(at: number, queue: SequentialQueue): void {
    const known = this.#quiet.get(at)
    if (known === undefined) this.#quiet.set(at, new Map([[queue.text, queue]]))
    else known.set(queue.text, queue)
  }

  #noteWrong(index: number, { recorded }: Open, queue: SequentialQueue): void {
    if (index < this.#furthest) return
    if (index > this.#furthest) this.#couldAnswer = new Map()
    this.#furthest = index
    for (const time of timesOf(recorded, queue)) {
      const { answer } = perform(queue, recorded.call, time)
      this.#couldAnswer.set(JSON.stringify(answer), answer)
    }
  }
}

/**
 * Calls whose answers say that they change nothing, whenever they came, can be performed as soon as they fit: no other
 * order is lost by that.
 */
function withoutEffect(open: readonly Open[], done: number, queue: SequentialQueue): number {
  let performed = done
  for (const each of open) {
    if ((performed & each.bit) !== 0 || !changesNothing(each.recorded)) continue
    if (outcomesOf(each, queue).some((after) => after === queue)) performed |= each.bit
  }
  return performed
}

/** Whether the answer says so; a first touch by a client aside. */
export function changesNothing({ call, answer }: RecordedCall): boolean {
  if ('refused' in answer) return true
  if (call.do === 'getRequest' || call.do === 'getQueue' || call.do === 'listHead') return true
  if (call.do === 'lockHead') return (answer['items'] as readonly string[]).length === 0
  if (call.do === 'addRequests') return !(answer['added'] as readonly string[]).includes('new')
  return call.do === 'unlockRequests' && answer['unlockedCount'] === 0
}

/** What the queue may be after the call; none when its answer does not fit. */
function outcomesOf({ recorded }: Open, queue: SequentialQueue): SequentialQueue[] {
  const outcomes: SequentialQueue[] = []
  for (const time of timesOf(recorded, queue)) {
    const { queue: after, answer } = perform(queue, recorded.call, time)
    if (fits(answer, recorded.answer)) outcomes.push(after)
  }
  return outcomes
}

function timesOf({ times }: RecordedCall, { now }: SequentialQueue): readonly Millis[] {
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
