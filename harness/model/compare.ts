/**
 * Runs seeded random commands on a store and on the oracle, with equal clocks. Every answer, every error and
 * the final state must agree. A failure is shrunk to few commands.
 */
import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { Coverage } from '../oracle/coverage.ts'
import type { OpenTestStore, TestStore } from '../stores.ts'
import type { Command } from './commands.ts'
import { drain } from './drain.ts'
import { Oracle, Undecided } from './oracle.ts'
import { readEverything } from './read-everything.ts'
import { anyCommand } from './usual-commands.ts'
import { type Outcome, World } from './world.ts'

export const commandsPerRunMax = 120

/** How many runs share a store. Most of the cost of a run would otherwise be opening a store. */
const runsPerStore = 50

/** A day. Every lock that a command takes has expired after it. */
const dayMs = 86_400_000
/** Each run begins this much later than the one before. No run moves its clocks so far. */
const betweenRunsMs = 1000 * dayMs

export interface Compared {
  /** Commands that showed no difference. */
  readonly commandCount: number
  /**
   * Store calls in them. Clock commands do not count, and each of the calls that were sent together counts.
   */
  readonly callCount: number
  /** Runs that are undecided, each with what repeats it. They say nothing about the store. */
  readonly undecided: readonly string[]
  /** The time limit ended the comparison. The runs until then showed no difference. */
  readonly isCutShort: boolean
  /**
   * Null: no difference. Otherwise the smallest failing script, one command a line, with the seed that finds
   * it again.
   */
  readonly difference: string | null
}

export interface Comparison {
  readonly runs: number
  readonly seed: number
  /** After this time no run begins and shrinking stops. The result is what was found by then. */
  readonly limitMs: number
  /** Whether a failing script is made small. Default: true. A fault that shows now and then has no smallest script. */
  readonly shrinks?: boolean
  /** Upper bound on the situations that the oracle tries for calls that were sent together. */
  readonly situationsMax?: number
  /** Replaces the usual commands. */
  readonly anyOf?: fc.Arbitrary<Command>
  /** Replaces the usual scripts of these commands. */
  readonly anyScript?: fc.Arbitrary<Command[]>
  /** Counts the situations that the oracle meets. */
  readonly coverage?: Coverage
}

export async function compare(open: OpenTestStore, comparison: Comparison): Promise<Compared> {
  const { runs, seed, limitMs, situationsMax, anyOf = anyCommand, coverage = new Coverage() } = comparison
  const stage = new Stage(open, situationsMax, coverage)
  let commandCount = 0
  let callCount = 0
  let runCount = 0
  let isShrinking = false
  const undecided: string[] = []
  const script =
    comparison.anyScript ?? fc.array(anyOf, { minLength: 1, maxLength: commandsPerRunMax, size: 'max' })
  const property = fc.asyncProperty(script, async (commands) => {
    if (!isShrinking) runCount++
    try {
      await stage.play(commands)
    } catch (error) {
      if (error instanceof Undecided) {
        // Scripts that are tried while shrinking do not count as runs.
        if (!isShrinking) undecided.push(`seed ${seed}, run ${runCount}: ${error.message}`)
        return
      }
      isShrinking = true
      throw error
    }
    commandCount += commands.length
    for (const command of commands) callCount += callsIn(command)
  })
  try {
    const details = await fc.check(property, {
      numRuns: runs,
      seed,
      interruptAfterTimeLimit: limitMs,
      markInterruptAsFailure: true,
      endOnFailure: comparison.shrinks === false,
    })
    const difference = details.counterexample === null ? null : differenceIn(details, details.counterexample)
    return {
      commandCount,
      callCount,
      undecided,
      isCutShort: details.failed && difference === null,
      difference,
    }
  } finally {
    await stage.clear()
  }
}

/** Keeps a store for several runs. Each run has its own users, queues and time. */
class Stage {
  readonly #open: OpenTestStore
  readonly #situationsMax: number | undefined
  readonly #coverage: Coverage
  #kept: TestStore | null = null
  #runs = 0

  constructor(open: OpenTestStore, situationsMax: number | undefined, coverage: Coverage) {
    this.#open = open
    this.#coverage = coverage
    this.#situationsMax = situationsMax
  }

  async play(commands: readonly Command[]): Promise<void> {
    if (this.#runs % runsPerStore === 0) await this.clear()
    this.#kept ??= await this.#open()
    this.#runs++
    try {
      this.#kept.clock.jump(betweenRunsMs)
      const oracle = await Oracle.begin(this.#kept.clock.wallMs(), this.#situationsMax, this.#coverage)
      const world = await World.begin(this.#kept.store, this.#kept.clock, `-${this.#runs}`, this.#kept.reopen)
      await sameOutcomes(world, oracle, commands)
      this.#kept = { ...this.#kept, store: world.store }
    } catch (error) {
      // The next run gets a new store, so that it does not see the same fault.
      await this.clear()
      throw error
    }
  }

  async clear(): Promise<void> {
    const kept = this.#kept
    this.#kept = null
    await kept?.discard()
  }
}

/** Runs the commands on the store and on the oracle, and compares everything that can be seen. */
async function sameOutcomes(world: World, oracle: Oracle, commands: readonly Command[]): Promise<void> {
  const same = async (what: string, command: Command): Promise<Outcome> => {
    const asked = world.asked(await oracle.asked(command))
    const actual = await world.run(asked)
    const wrong = await oracle.explain(asked, actual)
    if (wrong === null) return actual
    assert.deepEqual(actual, wrong.expected, what)
    assert.fail(`${what}. No order of the calls explains this`)
  }
  for (const [index, command] of commands.entries()) {
    await same(`command ${index + 1}, ${command.do}, has another answer`, command)
  }
  if (commands.some((command) => command.do === 'putPolicy')) {
    await drain((command) => same('the crawl goes on in another way', command), oracle)
  }
  for (const when of ['at the end', 'a day later']) {
    await readEverything((command) => same(`the state ${when} differs`, command))
    assert.deepEqual(await world.store.check(), [], `the store contradicts itself ${when}`)
    assert.deepEqual(await oracle.check(), [], `the oracle contradicts itself ${when}`)
    await same('time passes', { do: 'advance', ms: dayMs })
  }
  await world.end()
}

function callsIn(command: Command): number {
  if (command.do === 'together') return command.commands.length
  return ['advance', 'advanceTo', 'jump', 'restart'].includes(command.do) ? 0 : 1
}

function differenceIn(details: fc.RunDetails<[Command[]]>, [commands]: [Command[]]): string {
  const lines = commands.map((command, index) => {
    // A copy, because objects of fast-check have no prototype, which would show in the text.
    const { do: name, ...rest } = structuredClone(command)
    return `  ${index + 1}. ${name} ${inspect(rest, { depth: 10, breakLength: Number.POSITIVE_INFINITY })}`
  })
  return (
    `seed ${details.seed}, path ${details.counterexamplePath}, after ${details.numRuns} runs, ` +
    `shrunk ${details.numShrinks} times to ${commands.length} commands:\n${lines.join('\n')}\n` +
    `(+ the store, - the oracle) ${(details.errorInstance as Error).message}`
  )
}
