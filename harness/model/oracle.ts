import { isDeepStrictEqual } from 'node:util'
import { ManualClock } from '../../src/store/clock.ts'
import { MemoryStore } from '../oracle/memory-store.ts'
import type { StoredQueue } from '../oracle/stored-queue.ts'
import type { Command } from './commands.ts'
import { copyOf, textOf } from './queue-content.ts'
import { type Outcome, World } from './world.ts'

/**
 * So many situations are looked at for calls that came together. Random commands take some hundreds in a whole run, and a
 * thousand in one of a hundred thousand (docs/measurements/2026-11-23-torture.md).
 */
const situationsMaxByDefault = 100_000

/** What explains the answers could not be found out within the bounds; it says nothing about the store. */
export class Undecided extends Error {}

/** No order of the calls explains the outcome; this would have been one. */
export interface Wrong {
  readonly expected: Outcome
}

/**
 * The oracle beside a store that takes calls which come together in any order. It does not guess which: for each queue
 * it keeps every content by which some order explains all that was answered so far, and drops those that an answer
 * contradicts. When none is left, the store did something that no order explains.
 *
 * A call concerns one queue, and time stands still while calls are under way. So what one queue may hold has nothing to do
 * with what another one does, and no order of calls on two queues is ever tried against another.
 */
export class Oracle {
  readonly #store: MemoryStore
  readonly #world: World
  readonly #situationsMax: number
  /** By the ID of the queue; only where there are several. One of them is in the store. */
  readonly #contents = new Map<string, readonly StoredQueue[]>()
  /** Situations that were looked at, and the most contents that were kept of one queue at once; for those who measure. */
  readonly effort = { situations: 0, contentsMax: 1 }

  private constructor(store: MemoryStore, world: World, situationsMax: number) {
    this.#store = store
    this.#world = world
    this.#situationsMax = situationsMax
  }

  /**
   * @param startsAt what the clock of the store shows now
   * @param situationsMax so many are looked at for calls that came together before it is `Undecided`
   */
  static async begin(startsAt: number, situationsMax = situationsMaxByDefault): Promise<Oracle> {
    const clock = new ManualClock(startsAt)
    const store = new MemoryStore(clock)
    return new Oracle(store, await World.begin(store, clock), situationsMax)
  }

  /**
   * Null when the outcome is one that an order of the calls explains.
   *
   * @param command with nothing in it that depends on earlier answers (`World.asked`)
   * @throws Undecided
   */
  async explain(command: Command, actual: Outcome): Promise<Wrong | null> {
    if (command.do === 'together') return this.#explainTogether(command.commands, actual as Outcome[])
    if (command.do === 'listQueues') await this.#narrowByList(command, actual)
    const queueId = await this.#world.queueIdOf(command)
    const contents = queueId === null ? undefined : this.#contents.get(queueId)
    // Whatever is in a queue, it can be deleted.
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

  /** The oracle finds nothing wrong with itself. */
  check(): Promise<string[]> {
    return this.#store.check()
  }

  /** Calls on different queues are explained each for itself; what is no queue has nothing to be told apart by. */
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
   * What the queue may hold after calls that came together: every order of them is followed from everything that it may
   * have held before, as long as the answers are those that were seen. Of orders that come to the same with the same calls
   * left, only one is followed further.
   */
  async #endsOf(begins: readonly StoredQueue[], calls: readonly Answered[]): Promise<StoredQueue[]> {
    // A refusal changes nothing. Where it fits it can be had at once: what is left can go on as if it came later.
    const refusedFirst = calls.toSorted(
      (a, b) => Number('refused' in b.actual) - Number('refused' in a.actual),
    )
    const allDone = 2 ** calls.length - 1
    /** By the bits of the calls that are done. */
    const reached = Array.from({ length: allDone + 1 }, () => new Map<string, StoredQueue>())
    for (const begin of begins) reached[0]!.set(textOf(begin), begin)
    let situations = 0
    for (let done = 0; done < allDone; done++) {
      for (const before of reached[done]!.values()) {
        for (const [place, { command, actual }] of refusedFirst.entries()) {
          const bit = 2 ** place
          if ((done & bit) !== 0) continue
          if (situations === this.#situationsMax) {
            throw new Undecided(`${situations} situations were looked at for ${calls.length} calls`)
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

  /** The views in a list tell of several queues at once. */
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

/** A call with what the store answered. */
interface Answered {
  readonly index: number
  readonly command: Command
  readonly actual: Outcome
}

/** The queue with that label as a list shows it, if it is on it. */
function viewIn(outcome: Outcome, label: string): unknown {
  if (!('answer' in outcome)) return undefined
  return (outcome.answer as { items: { id: string }[] }).items.find(({ id }) => id === label)
}
