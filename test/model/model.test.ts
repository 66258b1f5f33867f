/**
 * Seeded random work on a store and on the oracle, both on clocks that show the same: every answer and every refusal
 * have to agree, and the whole state at the end. `npm test` runs a few thousand commands; more with
 *
 *   node test/model/model.test.ts --runs 2000 --seed 42
 *
 * or with HEADLOCK_MODEL_RUNS and HEADLOCK_MODEL_SEED. A failure is shrunk to few commands before it is printed.
 */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { inspect, parseArgs } from 'node:util'
import fc from 'fast-check'
import {
  type OpenTestStore,
  openTemporaryPostgresStore,
  openTemporarySqliteStore,
} from '../support/stores.ts'
import { anyCommand, type Command, World } from './commands.ts'
import { Oracles } from './oracles.ts'

const commandsPerRunMax = 120

const { values: flags } = parseArgs({
  options: { runs: { type: 'string' }, seed: { type: 'string' } },
  strict: false,
})
const runs = numberFrom('runs', flags['runs'] ?? process.env['HEADLOCK_MODEL_RUNS'] ?? '60')
const seed = numberFrom(
  'seed',
  flags['seed'] ?? process.env['HEADLOCK_MODEL_SEED'] ?? `${randomInt(2 ** 31)}`,
)

/**
 * `npm test` gives up on a test after four minutes; before that, shrinking has to stop, so that the failure is printed
 * as it is by then. More time for more runs.
 */
const limitMs = Math.max(180_000, runs * 2000)

/** A day: every lock that a command takes has run out after it. */
const longMs = 86_400_000

const stores: readonly { name: string; open: OpenTestStore; runs: number }[] = [
  { name: 'sqlite', open: openTemporarySqliteStore, runs },
  // Each run makes a schema, and each command takes its round trips; and calls that come together may be taken in any order.
  { name: 'postgres', open: openTemporaryPostgresStore, runs: Math.ceil(runs / 4) },
]
for (const { name, open, runs: runsHere } of stores) {
  test(`the model: ${name} does what the oracle does`, () => compare(open, runsHere))
}

async function compare(open: OpenTestStore, runs: number): Promise<void> {
  console.log(
    `model: seed ${seed}, ${runs} runs of up to ${commandsPerRunMax} commands; ` +
      `again with: node test/model/model.test.ts --runs ${runs} --seed ${seed}`,
  )
  let commandCount = 0
  const script = fc.array(anyCommand, { minLength: 1, maxLength: commandsPerRunMax, size: 'max' })
  const property = fc.asyncProperty(script, async (commands) => {
    commandCount += commands.length
    await sameOutcomes(open, commands)
  })
  await fc.assert(property, {
    numRuns: runs,
    seed,
    reporter: report,
    interruptAfterTimeLimit: limitMs,
    markInterruptAsFailure: true,
  })
  console.log(`model: ${commandCount} commands, no difference`)
}

/** Runs the commands on the store and on the oracle and compares whatever can be seen. */
async function sameOutcomes(open: OpenTestStore, commands: Command[]): Promise<void> {
  const tested = await open()
  const oracles = await Oracles.begin()
  try {
    const world = await World.begin(tested.store, tested.clock)
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
      tested.clock.advance(longMs)
      oracles.advance(longMs)
    }
  } finally {
    await Promise.all([tested.discard(), oracles.discard()])
  }
}

/** Prints the smallest script that fails, one command a line, with the seed that finds it again. */
async function report(details: fc.RunDetails<[Command[]]>): Promise<void> {
  if (!details.failed) return
  if (details.counterexample === null) {
    throw new Error(`seed ${details.seed}: no difference in ${details.numRuns} runs, then time was up`)
  }
  const [commands] = details.counterexample
  const lines = commands.map((command, index) => {
    // A copy, because fast-check makes objects without a prototype, which print as such.
    const { do: name, ...rest } = structuredClone(command)
    return `  ${index + 1}. ${name} ${inspect(rest, { depth: 10, breakLength: Number.POSITIVE_INFINITY })}`
  })
  throw new Error(
    `seed ${details.seed}, path ${details.counterexamplePath}, after ${details.numRuns} runs, ` +
      `shrunk ${details.numShrinks} times to ${commands.length} commands:\n${lines.join('\n')}\n` +
      `(+ the store, - the oracle) ${(details.errorInstance as Error).message}`,
  )
}

function numberFrom(name: string, text: string | boolean): number {
  const value = Number(text)
  assert.ok(Number.isSafeInteger(value) && value >= 0, `--${name} takes a whole number, not ${text}`)
  return value
}
