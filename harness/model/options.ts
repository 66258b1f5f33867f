/**
 * Options of the model tests: `--runs` and `--seed` after the name of a test file, or HEADLOCK_MODEL_RUNS and
 * HEADLOCK_MODEL_SEED.
 */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'

const { values: flags } = parseArgs({
  options: { runs: { type: 'string' }, seed: { type: 'string' } },
  strict: false,
})

/** The number of scripts of random commands. */
export const runs = numberFrom('runs', flags['runs'] ?? process.env['HEADLOCK_MODEL_RUNS'] ?? '60')

/** The seed of the scripts. */
export const seed = numberFrom(
  'seed',
  flags['seed'] ?? process.env['HEADLOCK_MODEL_SEED'] ?? `${randomInt(2 ** 31)}`,
)

/**
 * The time limit for shrinking. `npm test` ends a test after four minutes. Shrinking has to stop before that,
 * so that the failure is printed as it is then. More runs get more time.
 */
export const limitMs = Math.max(180_000, runs * 2000)

function numberFrom(name: string, text: string | boolean): number {
  const value = Number(text)
  assert.ok(Number.isSafeInteger(value) && value >= 0, `--${name} takes a whole number, not ${text}`)
  return value
}
