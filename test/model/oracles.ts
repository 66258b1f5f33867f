import { isDeepStrictEqual } from 'node:util'
import { ManualClock } from '../../src/store/clock.ts'
import { MemoryStore } from '../contract/memory-store.ts'
import { type Command, type Outcome, World } from './commands.ts'

/** So many other orders of the calls that came together are followed at the most before one is said not to exist. */
const attemptsMax = 1000

/** Calls that look at the head: a store that performs calls which came together may take these before the others. */
const headCalls = new Set<Command['do']>(['lockHead', 'listHead'])

interface Opened {
  readonly world: World
  readonly clock: ManualClock
}

/** One way to do a step; the first is the order in which the calls came. */
type Way = (on: Opened) => Promise<unknown>

interface Step {
  readonly actual: unknown
  /** Known when they are asked for: there may be many, and the first one is nearly always the one. */
  readonly ways: () => readonly Way[]
  chosen: number
}

/**
 * The oracle beside a store that takes calls which come together in any order. It follows one order, and another when
 * that one fits no more: the latest choice is changed first. When none is left, the store did something that no order
 * explains.
 */
export class Oracles {
  readonly #startsAt: number
  readonly #steps: Step[] = []
  #current: Opened

  private constructor(startsAt: number, first: Opened) {
    this.#startsAt = startsAt
    this.#current = first
  }

  /** @param startsAt what the clock of the store shows now */
  static async begin(startsAt: number): Promise<Oracles> {
    return new Oracles(startsAt, await begin(startsAt))
  }

  /** Whether the outcome is one that an order of the calls explains; if not, what it should have been. */
  explain(command: Command, actual: Outcome): Promise<{ expected: unknown } | null> {
    const first: Way = ({ world }) => world.run(command)
    let ways: readonly Way[] | undefined
    return this.#take(actual, first, () => {
      ways ??= ordersOf(command).map(
        (order): Way =>
          async ({ world }) =>
            inOrderOf(command, order, await world.run(order)),
      )
      return ways
    })
  }

  /** As `explain`, of everything that can be seen. */
  explainState(actual: unknown): Promise<{ expected: unknown } | null> {
    const way: Way = ({ world }) => world.wholeState()
    return this.#take(actual, way, () => [way])
  }

  async advance(ms: number): Promise<void> {
    const way: Way = async ({ clock }) => clock.advance(ms)
    await this.#take(undefined, way, () => [way])
  }

  async #take(
    actual: unknown,
    first: Way,
    ways: () => readonly Way[],
  ): Promise<{ expected: unknown } | null> {
    this.#steps.push({ actual, ways, chosen: 0 })
    const expected = await first(this.#current)
    if (isDeepStrictEqual(expected, actual)) return null
    return (await this.#followAnother()) ? null : { expected }
  }

  /** Whether there are other choices by which every outcome so far is explained. */
  async #followAnother(): Promise<boolean> {
    return (await this.#followAnotherOnce()) || (await this.#followOthers())
  }

  /**
   * Another choice in one step alone, the latest first: what a queue shows at the end may hang on a step long ago, and all
   * choices of the steps since then, which concern other queues, are too many.
   */
  async #followAnotherOnce(): Promise<boolean> {
    for (const step of this.#steps.toReversed()) {
      const { chosen } = step
      for (let other = 0; other < step.ways().length; other++) {
        if (other === chosen) continue
        step.chosen = other
        this.#current = await begin(this.#startsAt)
        if ((await this.#replay()) === this.#steps.length) return true
      }
      step.chosen = chosen
    }
    return false
  }

  /** Other choices in any steps, from the last one back. */
  async #followOthers(): Promise<boolean> {
    let wrongAt = this.#steps.length - 1
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      let changed = wrongAt
      while (changed >= 0 && !hasAnother(this.#steps[changed]!)) changed--
      if (changed < 0) return false
      this.#steps[changed]!.chosen++
      for (const later of this.#steps.slice(changed + 1)) later.chosen = 0

      this.#current = await begin(this.#startsAt)
      wrongAt = await this.#replay()
      if (wrongAt === this.#steps.length) return true
    }
    return false
  }

  /** Does every step anew; tells which one had another outcome. */
  async #replay(): Promise<number> {
    for (const [index, { actual, ways, chosen }] of this.#steps.entries()) {
      if (!isDeepStrictEqual(await ways()[chosen]!(this.#current), actual)) return index
    }
    return this.#steps.length
  }
}

function hasAnother(step: Step): boolean {
  return step.chosen + 1 < step.ways().length
}

async function begin(startsAt: number): Promise<Opened> {
  const clock = new ManualClock(startsAt)
  return { world: await World.begin(new MemoryStore(clock), clock), clock }
}

/** The oracle takes calls that come together in the order they come; that is the first that is tried. */
function ordersOf(command: Command): Command[] {
  if (command.do !== 'together') return [command]
  const { commands } = command
  const headFirst = [
    ...commands.filter((each) => headCalls.has(each.do)),
    ...commands.filter((each) => !headCalls.has(each.do)),
  ]
  const [asTheyCame, ...others] = permutations(commands)
  return [asTheyCame!, headFirst, ...others].map((order) => ({ do: 'together', commands: order }))
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
