/**
 * Many clients at once on both stores: what they saw could have happened one call at a time. `npm run torture` plays
 * thousands of these. Which calls meet is up to the machine, so a seed repeats what is asked, not what is answered.
 */
import { test } from 'node:test'
import { Random } from '../support/random.ts'
import { playHistories } from './play.ts'
import { openPostgresWays, openSqliteWays } from './ways.ts'

const histories = 10

for (const count of [1, 3]) {
  test(`sqlite, threads that answer: ${count}; every history is possible`, () =>
    playHistories(() => openSqliteWays(count), new Random(), histories))
}
for (const count of [1, 2]) {
  test(`postgres, servers: ${count}; every history is possible`, () =>
    playHistories(() => openPostgresWays(count), new Random(), histories))
}
