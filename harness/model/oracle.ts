import { isDeepStrictEqual } from 'node:util'
import type { Millis } from '../../src/domain/time.ts'
import { ManualClock } from '../../src/store/clock.ts'
import { Coverage } from '../oracle/coverage.ts'
import { MemoryStore } from '../oracle/memory-store.ts'
import type { StoredQueue } from '../oracle/stored.ts'
import type { Command } from './commands.ts'
import { copyOf, textOf } from './queue-content.ts'
import { type Outcome, World } from './world.ts'

/**
 * Upper bound on the situations for calls that were sent together. Random commands need some hundreds in a
 * whole run, and at most about a thousand in one of a hundred thousand runs
 * (docs/measurements/2026-11-23-torture.md).
 */
const situationsMaxByDefault = 100_000

/** The search reached its bound. This says nothing about the store. */
export class Undecided extends Error {}

/** No order of the calls explains the outcome. `expected` would be possible. */
export interface Wrong {
  readonly expected: Outcome
}

/**
 * The oracle beside a store that performs concurrent calls in any order. It does not guess the order. For
 * each queue it keeps every content that some order of the calls explains, and drops those that a later
 * answer contradicts. When none is left, no order explains what the store did.
 *
 * A call concerns one queue, and time does not pass while calls are under way. So queues do not depend on
 * each other, and orders of calls on different queues need not be tried.
 */
export class Oracle {
  readonly #store: MemoryStore
  readonly #world: World
  readonly #situationsMax: number
  /**
   * The possible contents by ID of the queue, only where there are several. One of them is also in the store.
   */
  readonly #contents = new Map<string, readonly StoredQueue[]>()
  /** For measurements: the situations searched, and the largest number of possible contents of one queue. */
  readonly effort = { situations: 0, contentsMax: 1 }

  private constructor(store: MemoryStore, world: World, situationsMax: number) {
    this.#store = store
    this.#world = world
    this.#situationsMax = situationsMax
  }

  /**
   * @param startsAt what the clock of the store shows now
   * @param situationsMax upper bound for calls that were sent together; above it the oracle throws
   *   `Undecided`
   */
  static async begin(
    startsAt: number,
    situationsMax = situationsMaxByDefault,
    coverage = new Coverage(),
  ): Promise<Oracle> {
    const clock = new ManualClock(startsAt)
    const store = new MemoryStore(clock, undefined, coverage)
    return new Oracle(store, await World.begin(store, clock), situationsMax)
  }

  /**
   * Null when some order of the calls explains the outcome.
   *
   * @param command without parts that depend on earlier answers (`World.asked`)
   * @throws Undecided
   */
  async explain(command: Command, actual: Outcome): Promise<Wrong | null> {
    if (command.do === 'together') return this.#explainTogether(command.commands, actual as Outcome[])
    if (command.do === 'listQueues') await this.#narrowByList(command, actual)
    const queueId = await this.#world.queueIdOf(command)
    const contents = queueId === null ? undefined : this.#contents.get(queueId)
    // A queue can be deleted whatever it contains.
    if (contents === undefined || command.do === 'deleteQueue') {
      const expected = await this.#world.run(command)
      this.#forgetDeleted()
      return isDeepStrictEqual(expected, actual) ? null : { expected }
    }
    const left: StoredQueue[] = []
    let expected: Outcome | undefined
    for (const content of contents) {
      this.#store.replaceQueue(content)
      const outcome = await this.#world.run(command)
      expected ??= outcome
      if (isDeepStrictEqual(outcome, actual)) left.push(content)
    }
    if (left.length === 0) return { expected: expected! }
    this.#keep(queueId!, left)
    return null
  }

  /**
   * The same command with everything filled in that depends on what happens in the first queue next. Where
   * nothing does, time stands still.
   */
  async asked(command: Command): Promise<Command> {
    if (command.do === 'fork') return (await this.#isCertain(command)) ? command : { do: 'advance', ms: 0 }
    if (command.do !== 'advanceTo') return command
    const { nth, offsetMs } = command
    const moments = await this.#moments()
    const to = moments === null ? undefined : (moments.ahead[nth] ?? moments.ahead.at(-1))
    return { do: 'advance', ms: to === undefined ? 0 : Math.max(0, to + offsetMs - moments!.now) }
  }

  /** Whether the queue can have one content only. Otherwise a fork would have to be followed for each of them. */
  async #isCertain(command: Command): Promise<boolean> {
    const queueId = await this.#world.queueIdOf(command)
    return queueId === null || !this.#contents.has(queueId)
  }

  /** How long until something in the first queue changes by itself. Null: never. */
  async nextChangeInMs(): Promise<number | null> {
    const moments = await this.#moments()
    const next = moments?.ahead[0]
    return next === undefined ? null : next - moments!.now
  }

  async #moments(): Promise<{ now: Millis; ahead: Millis[] } | null> {
    const queueId = await this.#world.queueIdOf({ do: 'getQueue', slot: 'crawl', by: 'id', user: 'alice' })
    const queue = queueId === null ? undefined : this.#store.storedQueue(queueId)
    return queue === undefined ? null : this.#store.momentsOf(queue)
  }

  /** Checks the oracle itself. */
  check(): Promise<string[]> {
    return this.#store.check()
  }

  /**
   * Calls on different queues are explained separately. Calls on a missing queue all have the same outcome.
   */
  async #explainTogether(commands: readonly Command[], actual: readonly Outcome[]): Promise<Wrong | null> {
    const callsOf = new Map<string | null, Answered[]>()
    for (const [index, command] of commands.entries()) {
      const queueId = await this.#world.queueIdOf(command)
      const calls = callsOf.get(queueId) ?? []
      callsOf.set(queueId, [...calls, { index, command, actual: actual[index]! }])
    }
    const expected = [...actual]
    for (const [queueId, calls] of callsOf) {
      const stored = queueId === null ? undefined : this.#store.storedQueue(queueId)
      if (stored === undefined) {
        for (const { index, command } of calls) expected[index] = await this.#world.run(command)
        continue
      }
      const begins = this.#contents.get(stored.id) ?? [stored]
      const ends = await this.#endsOf(begins, calls)
      if (ends.length > 0) this.#keep(stored.id, ends)
      else {
        this.#store.replaceQueue(begins[0]!)
        for (const { index, command } of calls) expected[index] = await this.#world.run(command)
      }
    }
    return isDeepStrictEqual(expected, actual) ? null : { expected }
  }

  /**
   * The possible contents after concurrent calls. It follows every order of the calls from every content
   * before, as long as the answers agree. When two orders have performed the same calls and reached the same
   * content, it follows only one.
   */
  async #endsOf(begins: readonly StoredQueue[], calls: readonly Answered[]): Promise<StoredQueue[]> {
    // A failed call changes nothing. If it fits now, it can be placed now: the other calls go on as if it
    // came later.
    const refusedFirst = calls.toSorted(
      (a, b) => Number('refused' in b.actual) - Number('refused' in a.actual),
    )
    const allDone = 2 ** calls.length - 1
    /** The contents reached, by the bits of the calls that were performed. */
    const reached = Array.from({ length: allDone + 1 }, () => new Map<string, StoredQueue>())
    for (const begin of begins) reached[0]!.set(textOf(begin), begin)
    let situations = 0
    for (let done = 0; done < allDone; done++) {
      for (const before of reached[done]!.values()) {
        for (const [place, { command, actual }] of refusedFirst.entries()) {
          const bit = 2 ** place
          if ((done & bit) !== 0) continue
          if (situations === this.#situationsMax) {
            throw new Undecided(`${situations} situations were searched for ${calls.length} calls`)
          }
          situations++
          this.effort.situations++
          const after = copyOf(before)
          this.#store.replaceQueue(after)
          if (!isDeepStrictEqual(await this.#world.run(command), actual)) continue
          reached[done | bit]!.set(textOf(after), after)
          if ('refused' in actual) break
        }
      }
      reached[done]!.clear()
    }
    return [...reached[allDone]!.values()]
  }

  /** A list shows several queues at once. */
  async #narrowByList(command: Command, actual: Outcome): Promise<void> {
    for (const [queueId, contents] of this.#contents) {
      const label = this.#world.labelOf(queueId)
      const seen = viewIn(actual, label)
      const left: StoredQueue[] = []
      for (const content of contents) {
        this.#store.replaceQueue(content)
        if (isDeepStrictEqual(viewIn(await this.#world.run(command), label), seen)) left.push(content)
      }
      if (left.length > 0) this.#keep(queueId, left)
    }
  }

  #keep(queueId: string, contents: readonly StoredQueue[]): void {
    const different = new Map(contents.map((content) => [textOf(content), content]))
    const [first] = different.values()
    this.#store.replaceQueue(first!)
    this.effort.contentsMax = Math.max(this.effort.contentsMax, different.size)
    if (different.size === 1) this.#contents.delete(queueId)
    else this.#contents.set(queueId, [...different.values()])
  }

  #forgetDeleted(): void {
    for (const queueId of this.#contents.keys()) {
      if (this.#store.storedQueue(queueId) === undefined) this.#contents.delete(queueId)
    }
  }
}

/** A call with the answer of the store. */
interface Answered {
  readonly index: number
  readonly command: Command
  readonly actual: Outcome
}

/** The queue with that label in a list; undefined if it is not listed. */
function viewIn(outcome: Outcome, label: string): unknown {
  if (!('answer' in outcome)) return undefined
  return (outcome.answer as { items: { id: string }[] }).items.find(({ id }) => id === label)
}
