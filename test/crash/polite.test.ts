/** Crawls with a policy whose servers die in the middle: no host above its rule, nothing forgotten. The long run: `npm run torture`. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type CrashSite, postgresSite, sqliteSite } from '../../harness/crash/kill-rounds.ts'
import { losingRequest, planting } from '../../harness/crash/planted.ts'
import { type PoliteKillRound, playPoliteKillRound } from '../../harness/crash/polite-kill-rounds.ts'
import { Random } from '../../harness/random.ts'
import { temporaryDatabase, temporaryDirectory } from '../../harness/server-process.ts'

const smallRound: PoliteKillRound = { killsMax: 3, clientCount: 16, callsBetween: 300, onKill() {} }

async function playRound(t: TestContext, site: CrashSite): Promise<void> {
  const random = new Random()
  t.diagnostic(`seed ${random.seed}; repeat with: npm test -- test/crash/polite --seed ${random.seed}`)
  t.diagnostic(`${await playPoliteKillRound(site, random, smallRound)} requests were crawled`)
}

test('kill -9 leaves every host within its rule, and forgets nothing', async (t) =>
  playRound(t, sqliteSite(await temporaryDirectory(t))))

test('kill -9 of servers on PostgreSQL leaves every host within its rule, and forgets nothing', async (t) =>
  playRound(t, postgresSite(await temporaryDirectory(t), await temporaryDatabase(t))))

const faults = [
  {
    name: 'a group one above its rule',
    finding: /may have [24] at once, and has /,
    sql: `
      UPDATE queues SET policy = replace(replace(policy, '"concurrency":2', '"concurrency":3'),
        '"concurrency":4', '"concurrency":5')`,
  },
  {
    name: 'a delay that is forgotten',
    finding: /with a delay of (5|30) ms/,
    sql: `UPDATE queues SET policy = replace(replace(policy, '0.03', '0.001'), '0.005', '0.001')`,
  },
  {
    name: 'a request that is lost',
    finding: /and this is left/,
    sql: losingRequest,
  },
] as const

for (const { name, finding, sql } of faults) {
  test(`the checks find a planted fault: ${name}`, async (t) => {
    const site = sqliteSite(await temporaryDirectory(t))
    await assert.rejects(
      playPoliteKillRound(site, new Random(), {
        ...smallRound,
        whileDown: planting(site.checkpointedFile!, sql),
      }),
      finding,
    )
  })
}
