/**
 * Random commands on both stores and on the oracle (compare.ts). `npm test` runs a few thousand commands, `npm run
 * torture` a million; in between
 *
 *   node test/model/model.test.ts --runs 2000 --seed 42
 *
 * or HEADLOCK_MODEL_RUNS and HEADLOCK_MODEL_SEED.
 */
import { test } from 'node:test'
import { assertAgrees, comparedStores } from '../../harness/model/agreement.ts'

for (const store of comparedStores()) {
  // search.test.ts compares the oracle with itself.
  if (store.name === 'memory') continue
  test(`the model: ${store.name} does what the oracle does`, () => assertAgrees('model', store))
}
