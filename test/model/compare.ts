/**
 * Seeded random work on a store and on the oracle, both on clocks that show the same: every answer and every refusal
 * have to agree, and the whole state at the end. A failure is shrunk to few commands.
 */
import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import fc from 'fast-check'
import type { OpenTestStore, TestStore } from '../support/stores.ts'
import { anyCommand, type Command, World } from './commands.ts'
import { Oracles } from './oracles.ts'

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
  /** Null: no difference. Else the smallest script that fails, one command a line, with the seed that finds it again. */
  readonly difference: string | null
}

/** @param limitMs shrinking stops after so long, and what has been found by then is told */
export async function compare(
  open: OpenTestStore,
  { runs, seed, limitMs }: { runs: number; seed: number; limitMs: number },
): Promise<Compared> {
  const stage = new Stage(open)
  let commandCount = 0
  let callCount = 0
  const script = fc.array(anyCommand, { minLength: 1, maxLength: commandsPerRunMax, size: 'max' })
  const property = fc.asyncProperty(script, async (commands) => {
    await stage.play(commands)
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
    return { commandCount, callCount, difference: details.failed ? differenceIn(details) : null }
  } finally {
    await stage.clear()
  }
}

/** Keeps a store for several runs, each with users, queues and a time of its own. */
class Stage {
  readonly #open: OpenTestStore
  #kept: TestStore | null = null
  #runs = 0

  constructor(open: OpenTestStore) {
    this.#open = open
  }

  async play(commands: readonly Command[]): Promise<void> {
    if (this.#runs % runsPerStore === 0) await this.clear()
    this.#kept ??= await this.#open()
    this.#runs++
    try {
      this.#kept.clock.jump(betweenRunsMs)
      await sameOutcomes(this.#kept, commands, `-${this.#runs}`)
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
async function sameOutcomes(tested: TestStore, commands: readonly Command[], run: string): Promise<void> {
  const { store, clock } = tested
  const oracles = await Oracles.begin(clock.wallMs())
  const world = await World.begin(store, clock, run)
  for (const [index, command] of commands.entries()) {
    const actual = await world.run(command)
    const wrong = await oracles.explain(command, actual)
    if (wrong === null) continue
    assert.deepEqual(actual, wrong.expected, `command ${index + 1}, ${command.do}, is answered otherwise`)
  }
  for (const when of ['at the end', 'a day later']) {
    const actual = await world.wholeState()
    const wrong = await oracles.explainState(actual)
    if (wrong !== null) assert.deepEqual(actual, wrong.expected, `the state ${when} is another`)
    clock.advance(dayMs)
    await oracles.advance(dayMs)
  }
  await world.end()
}

function callsIn(command: Command): number {
  if (command.do === 'together') return command.commands.length
  return command.do === 'advance' || command.do === 'jump' ? 0 : 1
}

function differenceIn(details: fc.RunDetails<[Command[]]>): string {
  if (details.counterexample === null) {
    return `seed ${details.seed}: no difference in ${details.numRuns} runs, then time was up`
  }
  const [commands] = details.counterexample
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
