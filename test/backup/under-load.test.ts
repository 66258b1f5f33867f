import assert from 'node:assert/strict'
import { test } from 'node:test'
import { playBackupRounds } from '../../harness/backup/backup-rounds.ts'
import { Moment } from '../../harness/backup/load.ts'
import { Random } from '../../harness/random.ts'
import { temporaryDirectory } from '../../harness/server-process.ts'

/** The promise of `headlock backup`, which torture/kinds/backups.ts repeats for longer. */
test('a backup has everything that was acknowledged before it began', async (t) => {
  const random = new Random()
  t.diagnostic(`seed ${random.seed}; repeat with: npm test -- test/backup --seed ${random.seed}`)
  let backups = 0
  await playBackupRounds(t, await temporaryDirectory(t), random, {
    clientCount: 12,
    bodyBytes: 2_000,
    threads: process.platform === 'linux' ? '2' : '1',
    callsBetween: 300,
    onBackup: () => ++backups < 2,
  })
})

test('the comparison finds what is lost, what came back and what was changed', () => {
  const entry = (uniqueKey: string) => ({ uniqueKey, handledAt: null, lock: null })
  const known = new Map([entry('a'), entry('b')].map((each) => [each.uniqueKey, each]))
  const underWay = { keys: ['c'], locker: 'client-0' }
  const lockedBy = (clientKey: string) => ({ ...entry('b'), lock: { clientKey, expiresAt: 1 } })

  new Moment(known, [underWay]).compare([entry('a'), lockedBy('client-0'), entry('c')])
  assert.throws(() => new Moment(known, [underWay]).compare([entry('a')]), /not in it/)
  assert.throws(
    () => new Moment(known, []).compare([entry('a'), entry('b'), entry('c')]),
    /c is in the backup/,
  )
  assert.throws(() => new Moment(known, [underWay]).compare([entry('a'), lockedBy('client-1')]))
  assert.throws(() => new Moment(known, []).compare([entry('a'), { ...entry('b'), handledAt: 1 }]))
})
