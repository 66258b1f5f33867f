/** Loss of power, as far as `npm test` has time for it. The long run: `npm run torture`. */
import assert from 'node:assert/strict'
import { copyFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { playPowerCuts } from '../../harness/crash/power-cuts.ts'
import { Random } from '../../harness/random.ts'
import { temporaryDirectory } from '../../harness/server-process.ts'
import { databaseName } from '../../src/store/sqlite/file/private-files.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'

test('after a power loss everything acknowledged is there, and no transaction is half done', async (t) => {
  const random = new Random()
  t.diagnostic(`seed ${random.seed}; repeat with: npm test -- test/crash/power --seed ${random.seed}`)
  const directory = join(await temporaryDirectory(t), 'history')
  const { imageCount, acknowledgedCount, aheadCount } = await playPowerCuts({
    directory,
    random,
    stepCount: 40,
    imagesPerMoment: 4,
  })
  t.diagnostic(`${imageCount} images, ${acknowledgedCount} calls, ${aheadCount} images ahead of the answers`)
  assert.ok(imageCount > 100)
})

/**
 * After the next start, changes of a killed process may be visible, and a client that repeats its call gets an answer
 * that depends on them. So they have to be on the disk before the first answer. The start makes a commit, which syncs the
 * whole log.
 */
test('a start commits once before it serves', async (t) => {
  const directories = [await temporaryDirectory(t), await temporaryDirectory(t)] as const
  const store = await openSqliteStore({ directory: directories[0] })
  await store.ensureUser({ username: 'killed' })
  // As a killed process leaves them: the log is not in the file yet.
  for (const suffix of ['', '-wal']) {
    copyFileSync(join(directories[0], databaseName + suffix), join(directories[1], databaseName + suffix))
  }
  await store.close()
  const log = join(directories[1], `${databaseName}-wal`)
  const bytesBefore = statSync(log).size
  const restarted = await openSqliteStore({ directory: directories[1] })
  t.after(() => restarted.close())
  assert.ok(statSync(log).size > bytesBefore)
  assert.notEqual(await restarted.findUser({ username: 'killed' }), null)
})

for (const planted of ['log not synced', 'file not synced', 'damaged log'] as const) {
  test(`the check finds a planted fault: ${planted}`, async (t) => {
    const directory = join(await temporaryDirectory(t), 'history')
    await assert.rejects(
      playPowerCuts({ directory, random: new Random(), stepCount: 1000, imagesPerMoment: 2, planted }),
      / of an image/,
    )
  })
}
