import { isDeepStrictEqual } from 'node:util'
import { openMemoryStore, type TestStore } from '../support/stores.ts'
import { type Command, type Outcome, World } from './commands.ts'

/** So many ways in which it could have happened are followed at the most. */
const candidatesMax = 130

interface Candidate {
  /** Those that came together in the order of this candidate. */
  readonly done: readonly Command[]
  readonly world: World
  readonly opened: TestStore
}

/**
 * The oracle beside a store that takes calls which come together in any order: every order that fits the answers so far is
 * followed, as an oracle of its own. When none fits any more, the store did something that no order explains.
 */
export class Oracles {
  #candidates: Candidate[]

  private constructor(first: Candidate) {
    this.#candidates = [first]
  }

  static async begin(): Promise<Oracles> {
    return new Oracles(await replay([]))
  }

  /** Whether the outcome is one that an order of the calls explains; if not, what it should have been. */
  async explain(command: Command, actual: Outcome): Promise<{ expected: Outcome } | null> {
    const next: Candidate[] = []
    let expected: Outcome | undefined
    for (const candidate of this.#candidates) {
      const orders = ordersOf(command)
      let fits = false
      for (const order of orders) {
        if (next.length >= candidatesMax) break
        // With one order alone its oracle goes on; several need one each.
        const own = orders.length === 1 ? candidate : await replay(candidate.done)
        const outcome = inOrderOf(command, order, await own.world.run(order))
        expected ??= outcome
        if (isDeepStrictEqual(outcome, actual)) {
          next.push({ ...own, done: [...candidate.done, order] })
          fits ||= own === candidate
        } else if (own !== candidate) {
          await own.opened.discard()
        }
      }
      if (!fits) await candidate.opened.discard()
    }
    this.#candidates = next
    return next.length === 0 ? { expected: expected! } : null
  }

  /** As `explain`, of everything that can be seen. */
  async explainState(actual: unknown): Promise<{ expected: unknown } | null> {
    let expected: unknown
    const next: Candidate[] = []
    for (const candidate of this.#candidates) {
      const state = await candidate.world.wholeState()
      expected ??= state
      if (isDeepStrictEqual(state, actual)) next.push(candidate)
      else await candidate.opened.discard()
    }
    this.#candidates = next
    return next.length === 0 ? { expected } : null
  }

  advance(ms: number): void {
    for (const { opened } of this.#candidates) opened.clock.advance(ms)
  }

  async discard(): Promise<void> {
    for (const { opened } of this.#candidates) await opened.discard()
  }
}

async function replay(done: readonly Command[]): Promise<Candidate> {
  const opened = await openMemoryStore()
  const world = await World.begin(opened.store, opened.clock)
  for (const command of done) await world.run(command)
  return { done, world, opened }
}

/** The oracle takes calls that come together in the order they come; the given one is the first that is tried. */
function ordersOf(command: Command): Command[] {
  if (command.do !== 'together') return [command]
  return permutations(command.commands).map((commands) => ({ do: 'together', commands }))
}

/** The outcomes of `order` in the order that the command has. */
function inOrderOf(command: Command, order: Command, outcome: Outcome): Outcome {
  if (command.do !== 'together' || order.do !== 'together') return outcome
  const outcomes = outcome as readonly Outcome[]
  return command.commands.map((one) => outcomes[order.commands.indexOf(one)]!)
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]]
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  )
}
