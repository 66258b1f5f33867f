/**
 * Random commands on both stores and on the oracle (compare.ts). `npm test` runs a few thousand commands, `npm run
 * torture` a million; in between
 *
 *   node test/model/model.test.ts --runs 2000 --seed 42
 *
 * or HEADLOCK_MODEL_RUNS and HEADLOCK_MODEL_SEED.
 */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { parseArgs } from 'node:util'
import {
  type OpenTestStore,
  openTemporaryPostgresStore,
  openTemporarySqliteStore,
} from '../support/stores.ts'
import { commandsPerRunMax, compare } from './compare.ts'

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

const stores: readonly { name: string; open: OpenTestStore; runs: number }[] = [
  { name: 'sqlite', open: openTemporarySqliteStore, runs },
  // Each command takes its round trips.
  { name: 'postgres', open: openTemporaryPostgresStore, runs: Math.ceil(runs / 4) },
]
for (const { name, open, runs: runsHere } of stores) {
  test(`the model: ${name} does what the oracle does`, async () => {
    console.log(
      `model: seed ${seed}, ${runsHere} runs of up to ${commandsPerRunMax} commands; ` +
        `again with: node test/model/model.test.ts --runs ${runsHere} --seed ${seed}`,
    )
    const { commandCount, difference } = await compare(open, { runs: runsHere, seed, limitMs })
    assert.equal(difference, null, difference ?? undefined)
    console.log(`model: ${commandCount} commands, no difference`)
  })
}

function numberFrom(name: string, text: string | boolean): number {
  const value = Number(text)
  assert.ok(Number.isSafeInteger(value) && value >= 0, `--${name} takes a whole number, not ${text}`)
  return value
}
