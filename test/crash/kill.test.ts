/** The promises of section 11, with the server killed in the middle of its work. The long run: `npm run torture`. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  type CrashSite,
  type KillRound,
  playKillRound,
  postgresSite,
  sqliteSite,
} from '../../harness/crash/kill-rounds.ts'
import { losingRequest, planting } from '../../harness/crash/planted.ts'
import { Random } from '../../harness/random.ts'
import { temporaryDatabase, temporaryDirectory } from '../../harness/server-process.ts'

const smallRound: KillRound = { killsMax: 3, clientCount: 16, hasBigBodies: false, onKill() {} }

async function playRounds(t: TestContext, site: CrashSite, rounds: readonly KillRound[]): Promise<void> {
  const random = new Random()
  t.diagnostic(`seed ${random.seed}; repeat with: npm test -- test/crash --seed ${random.seed}`)
  for (const round of rounds) {
    const { killCount, acknowledgedCount, repeatedCount, requestCount } = await playKillRound(
      site,
      random,
      round,
    )
    t.diagnostic(
      `${killCount} kills, ${acknowledgedCount} calls acknowledged, ${repeatedCount} repeated, ${requestCount} requests`,
    )
  }
}

test('kill -9 in the middle of writes loses nothing that was acknowledged', async (t) => {
  const site = sqliteSite(await temporaryDirectory(t))
  await playRounds(t, site, [smallRound])
})

test('kill -9 of servers on PostgreSQL loses nothing, and gives nothing to two clients', async (t) => {
  const site = postgresSite(await temporaryDirectory(t), await temporaryDatabase(t))
  await playRounds(t, site, [smallRound])
})

const faults = [
  {
    name: 'a lost add',
    finding: /lost: worker-/,
    sql: losingRequest,
  },
  {
    name: 'a lock that lasts longer than its holder was told',
    finding: /was told that it has the lock of/,
    sql: `
      UPDATE requests SET lock_expires_at = lock_expires_at + 1, available_at = available_at + 1
        WHERE locked_by IS NOT NULL`,
  },
  {
    name: 'content that is not what was sent',
    finding: /the URL of worker-/,
    sql: `
      UPDATE requests SET url = replace(url, 'example.com', 'example.org')
        WHERE handled_at IS NULL AND locked_by IS NULL`,
  },
] as const

for (const { name, finding, sql } of faults) {
  test(`the checks find a planted fault: ${name}`, async (t) => {
    const site = sqliteSite(await temporaryDirectory(t))
    // By then there is something of everything that can be broken.
    const round = {
      ...smallRound,
      killsMax: 2,
      callsBetween: 300,
      whileDown: planting(site.checkpointedFile!, sql),
    }
    await assert.rejects(playKillRound(site, new Random(), round), finding)
  })
}
