/**
 * Many clients at once on both stores: what they saw could have happened one call at a time. `npm run torture` plays
 * thousands of these. Which calls meet is up to the machine, so a seed repeats what is asked, not what is answered.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { playHistories } from '../../harness/histories/play.ts'
import { type OpenedWays, openPostgresWays, openSqliteWays } from '../../harness/histories/ways.ts'
import { Random } from '../../harness/random.ts'

const histories = 10

for (const count of [1, 3]) {
  test(`sqlite, threads that answer: ${count}; every history is possible`, () =>
    everyOneIsPossible(() => openSqliteWays(count)))
  test(`sqlite, threads that answer: ${count}; every history with policies is possible`, () =>
    everyOneIsPossible(() => openSqliteWays(count), true))
}
for (const count of [1, 2]) {
  test(`postgres, servers: ${count}; every history is possible`, () =>
    everyOneIsPossible(() => openPostgresWays(count)))
}

for (const count of [1, 2, 3, 4]) {
  test(`postgres, servers: ${count}; every history with policies is possible`, () =>
    everyOneIsPossible(() => openPostgresWays(count), true))
}

async function everyOneIsPossible(open: () => Promise<OpenedWays>, withPolicies = false): Promise<void> {
  let decided = 0
  const undecided = (seed: number) => console.log(`histories: not decided: seed ${seed}`)
  await playHistories(open, new Random(), histories, { played: () => decided++, undecided }, withPolicies)
  assert.ok(decided >= histories / 2, `only ${decided} of ${histories} could be decided: nothing is checked`)
}
