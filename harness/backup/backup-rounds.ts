/**
 * Backups of a server under load. A backup has everything that was acknowledged before it began, and nothing
 * that was sent after it ended. Its counts agree with its requests.
 */
import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { Random } from '../random.ts'
import { type Ending, runCommand, startServerProcess } from '../server-process.ts'
import { type Entry, Load } from './load.ts'

export interface BackupRounds {
  readonly clientCount: number
  readonly bodyBytes: number
  readonly threads: string
  /** Calls between the end of a backup and the next one. */
  readonly callsBetween: number
  /** Called after each backup that was restored and compared. The rounds end when it returns false. */
  onBackup(acknowledgedCount: number): boolean
}

export async function playBackupRounds(
  ending: Ending,
  directory: string,
  random: Random,
  { clientCount, bodyBytes, threads, callsBetween, onBackup }: BackupRounds,
): Promise<void> {
  const data = join(directory, 'data')
  const server = await startServerProcess(ending, data, { flags: ['--threads', threads] })
  const made = await server.call('/v2/request-queues?name=saved', { method: 'POST' })
  assert.equal(made.status, 201)
  const load = new Load(server, 'saved', random, bodyBytes)
  load.start(clientCount)
  try {
    let countedBefore = 0
    for (let round = 1; ; round++) {
      await load.acknowledged(random.between(1, callsBetween))
      const file = join(directory, `backup-${round}.sqlite`)
      const { moment, over } = load.moment()
      const backup = await runCommand(['backup', file, '--data', data])
      over()
      assert.equal(backup.code, 0, `backup: ${backup.stderr}`)

      const restored = join(directory, `restored-${round}`)
      const restore = await runCommand(['restore', file, '--data', restored])
      assert.equal(restore.code, 0, `restore: ${restore.stderr}`)
      assert.deepEqual((await readdir(restored)).sort(), ['headlock.sqlite', 'server.lock'])
      moment.compare(await everythingIn(restored))
      await rm(file)
      await rm(restored, { recursive: true })
      const isWanted = onBackup(load.acknowledgedCount - countedBefore)
      countedBefore = load.acknowledgedCount
      if (!isWanted) break
    }
  } finally {
    await load.stop()
  }
  assert.equal((await server.stop()).code, 0)
  const after = await runCommand(['verify', '--data', data])
  assert.equal(after.code, 0, after.stderr)
}

/** Returns the requests of the queue, after a check that all counts agree with them. */
async function everythingIn(directory: string): Promise<Entry[]> {
  const store = await openSqliteStore({ directory })
  try {
    assert.deepEqual(await store.check(), [])
    const { id: userId } = (await store.findUser({ username: 'headlock' }))!
    const queue = { ownerName: null, queueName: 'saved' }
    const entries: Entry[] = []
    for (let afterId: string | null = null; ; ) {
      const page = await store.listRequests({
        userId,
        queue,
        client: null,
        limit: 10_000,
        afterId,
        filter: null,
      })
      for (const { uniqueKey, handledAt, lockByClient, lockExpiresAt } of page.items) {
        const lock = lockByClient === null ? null : { clientKey: lockByClient, expiresAt: lockExpiresAt! }
        entries.push({ uniqueKey, handledAt, lock })
      }
      if (!page.hasMore) break
      afterId = page.items.at(-1)!.id
    }
    const view = await store.getQueue({ userId, queue })
    assert.equal(view.totalRequestCount, entries.length)
    assert.equal(view.handledRequestCount, entries.filter(({ handledAt }) => handledAt !== null).length)
    return entries
  } finally {
    await store.close()
  }
}
