/** `--runs` and `--seed` after the name of a test file, or HEADLOCK_MODEL_RUNS and HEADLOCK_MODEL_SEED. */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'

const { values: flags } = parseArgs({
  options: { runs: { type: 'string' }, seed: { type: 'string' } },
  strict: false,
})

/** How many scripts of random commands. */
export const runs = numberFrom('runs', flags['runs'] ?? process.env['HEADLOCK_MODEL_RUNS'] ?? '60')

/** What makes the same scripts again. */
export const seed = numberFrom(
  'seed',
  flags['seed'] ?? process.env['HEADLOCK_MODEL_SEED'] ?? `${randomInt(2 ** 31)}`,
)

/**
 * `npm test` gives up on a test after four minutes; before that, shrinking has to stop, so that the failure is printed
 * as it is by then. More time for more runs.
 */
export const limitMs = Math.max(180_000, runs * 2000)

function numberFrom(name: string, text: string | boolean): number {
  const value = Number(text)
  assert.ok(Number.isSafeInteger(value) && value >= 0, `--${name} takes a whole number, not ${text}`)
  return value
}
