/**
 * Seeded random work on a store and on the oracle, both on clocks that show the same: every answer and every refusal
 * have to agree, and the whole state at the end. A failure is shrunk to few commands.
 */
import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import fc from 'fast-check'
import type { OpenTestStore, TestStore } from '../stores.ts'
import { anyCommand, type Command } from './commands.ts'
import { lookAtAll } from './look-at-all.ts'
import { Oracle, Undecided } from './oracle.ts'
import { type Outcome, World } from './world.ts'

export const commandsPerRunMax = 120

/** A store is kept for so many runs: most of what a run would cost is opening one. */
const runsPerStore = 50

/** A day: every lock that a command takes has run out after it. */
const dayMs = 86_400_000
/** By so much a run begins later than the one before: more than any run has come to by setting clocks. */
const betweenRunsMs = 1000 * dayMs

export interface Compared {
  /** Commands after which there was no difference. */
  readonly commandCount: number
  /** Calls that a store had to answer for it: not the movements of the clock, and each of those that came together. */
  readonly callCount: number
  /** Runs of which it could not be found out, each with what repeats it. They say nothing about the store. */
  readonly undecided: readonly string[]
  /** Time was up before all runs were done. In those that were, there was no difference. */
  readonly isCutShort: boolean
  /** Null: no difference. Else the smallest script that fails, one command a line, with the seed that finds it again. */
  readonly difference: string | null
}

export interface Comparison {
  readonly runs: number
  readonly seed: number
  /** No more runs after so long, and no more shrinking: what has been found by then is told. */
  readonly limitMs: number
  /** The oracle looks at so many situations at the most for calls that came together. */
  readonly situationsMax?: number
  /** Other commands than the usual ones. */
  readonly anyOf?: fc.Arbitrary<Command>
}

export async function compare(open: OpenTestStore, comparison: Comparison): Promise<Compared> {
  const { runs, seed, limitMs, situationsMax, anyOf = anyCommand } = comparison
  const stage = new Stage(open, situationsMax)
  let commandCount = 0
  let callCount = 0
  let runCount = 0
  let isShrinking = false
  const undecided: string[] = []
  const script = fc.array(anyOf, { minLength: 1, maxLength: commandsPerRunMax, size: 'max' })
  const property = fc.asyncProperty(script, async (commands) => {
    if (!isShrinking) runCount++
    try {
      await stage.play(commands)
    } catch (error) {
      if (error instanceof Undecided) {
        // A script that is only tried in order to shrink another one is none of the runs.
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

/** Keeps a store for several runs, each with users, queues and a time of its own. */
class Stage {
  readonly #open: OpenTestStore
  readonly #situationsMax: number | undefined
  #kept: TestStore | null = null
  #runs = 0

  constructor(open: OpenTestStore, situationsMax: number | undefined) {
    this.#open = open
    this.#situationsMax = situationsMax
  }

  async play(commands: readonly Command[]): Promise<void> {
    if (this.#runs % runsPerStore === 0) await this.clear()
    this.#kept ??= await this.#open()
    this.#runs++
    try {
      this.#kept.clock.jump(betweenRunsMs)
      const oracle = await Oracle.begin(this.#kept.clock.wallMs(), this.#situationsMax)
      await sameOutcomes(this.#kept, oracle, commands, `-${this.#runs}`)
    } catch (error) {
      // Whatever is wrong with it must not be seen by the next run.
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

/** Runs the commands on the store and on the oracle and compares whatever can be seen. */
async function sameOutcomes(
  { store, clock }: TestStore,
  oracle: Oracle,
  commands: readonly Command[],
  run: string,
): Promise<void> {
  const world = await World.begin(store, clock, run)
  const same = async (what: string, command: Command): Promise<Outcome> => {
    const asked = world.asked(command)
    const actual = await world.run(asked)
    const wrong = await oracle.explain(asked, actual)
    if (wrong === null) return actual
    assert.deepEqual(actual, wrong.expected, what)
    assert.fail(`${what}, and no order of the calls explains it`)
  }
  for (const [index, command] of commands.entries()) {
    await same(`command ${index + 1}, ${command.do}, is answered otherwise`, command)
  }
  for (const when of ['at the end', 'a day later']) {
    await lookAtAll((command) => same(`the state ${when} is another`, command))
    assert.deepEqual(await store.check(), [], `the store contradicts itself ${when}`)
    assert.deepEqual(await oracle.check(), [], `the oracle contradicts itself ${when}`)
    await same('time passes', { do: 'advance', ms: dayMs })
  }
  await world.end()
}

function callsIn(command: Command): number {
  if (command.do === 'together') return command.commands.length
  return command.do === 'advance' || command.do === 'jump' ? 0 : 1
}

function differenceIn(details: fc.RunDetails<[Command[]]>, [commands]: [Command[]]): string {
  const lines = commands.map((command, index) => {
    // A copy, because fast-check makes objects without a prototype, which print as such.
    const { do: name, ...rest } = structuredClone(command)
    return `  ${index + 1}. ${name} ${inspect(rest, { depth: 10, breakLength: Number.POSITIVE_INFINITY })}`
  })
  return (
    `seed ${details.seed}, path ${details.counterexamplePath}, after ${details.numRuns} runs, ` +
    `shrunk ${details.numShrinks} times to ${commands.length} commands:\n${lines.join('\n')}\n` +
    `(+ the store, - the oracle) ${(details.errorInstance as Error).message}`
  )
}
