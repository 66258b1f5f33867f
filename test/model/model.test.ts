/**
 * Random commands on both stores and on the oracle (compare.ts). `npm test` runs a few thousand commands, `npm run
 * torture` a million; in between
 *
 *   node test/model/model.test.ts --runs 2000 --seed 42
 *
 * or HEADLOCK_MODEL_RUNS and HEADLOCK_MODEL_SEED.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandsPerRunMax, compare } from '../../harness/model/compare.ts'
import { limitMs, runs, seed } from '../../harness/model/options.ts'
import {
  type OpenTestStore,
  openTemporaryPostgresStore,
  openTemporarySqliteStore,
} from '../../harness/stores.ts'

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
    const compared = await compare(open, { runs: runsHere, seed, limitMs })
    const { commandCount, undecided, isCutShort, difference } = compared
    assert.equal(difference, null, difference ?? undefined)
    assert.ok(!isCutShort, `time was up after ${commandCount} commands; no difference in them`)
    for (const each of undecided) console.log(`model: not decided: ${each}`)
    console.log(`model: ${commandCount} commands, no difference; ${undecided.length} runs not decided`)
    assert.ok(undecided.length < runsHere, 'no run was decided')
  })
}
