/**
 * Many clients at once on both stores: what they saw could have happened one call at a time. `npm run torture` plays
 * thousands of these. Which calls meet is up to the machine, so a seed repeats what is asked, not what is answered.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HistoryKind } from '../../harness/histories/history.ts'
import { playHistories } from '../../harness/histories/play.ts'
import { type OpenedWays, openPostgresWays, openSqliteWays } from '../../harness/histories/ways.ts'
import { Random } from '../../harness/random.ts'

const histories = 10
const withPolicies = ['policies', 'actions'] as const

for (const count of [1, 3]) {
  for (const kind of ['clients', ...withPolicies] as const) {
    test(`sqlite, threads that answer: ${count}; every history with ${kind} is possible`, () =>
      everyOneIsPossible(() => openSqliteWays(count), kind))
  }
}
for (const count of [1, 2]) {
  test(`postgres, servers: ${count}; every history with clients is possible`, () =>
    everyOneIsPossible(() => openPostgresWays(count), 'clients'))
}
for (const count of [1, 2, 3, 4]) {
  for (const kind of withPolicies) {
    test(`postgres, servers: ${count}; every history with ${kind} is possible`, () =>
      everyOneIsPossible(() => openPostgresWays(count), kind))
  }
}

async function everyOneIsPossible(open: () => Promise<OpenedWays>, kind: HistoryKind): Promise<void> {
  let decided = 0
  const undecided = (seed: number) => console.log(`histories: not decided: seed ${seed}`)
  await playHistories(open, new Random(), histories, { played: () => decided++, undecided }, kind)
  assert.ok(decided >= histories / 2, `only ${decided} of ${histories} could be decided: nothing is checked`)
}
