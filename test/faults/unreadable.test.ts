/** When the disk cannot be read, the caller gets "store unavailable", as when it cannot be written. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { refuses, TestQueue } from '../../harness/conversation.ts'
import { temporaryDirectory } from '../../harness/server-process.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'

test('reads of a file that cannot be read are refused', async (t) => {
  const directory = await temporaryDirectory(t)
  const store = await openSqliteStore({ directory })
  const { id: userId } = await store.ensureUser({ username: 'headlock' })
  const { queue } = await store.getOrCreateQueue({ userId, name: 'pages' })
  await new TestQueue(store, userId, { queueId: queue.id }).client('client').add('page')
  await store.close()
  overwriteTables(join(directory, 'headlock.sqlite'), ['requests', 'tokens'])

  const damaged = await openSqliteStore({ directory })
  t.after(() => damaged.close())
  const pages = new TestQueue(damaged, userId, { queueId: queue.id })
  await refuses(pages.get('page'), 'storeUnavailable')
  const ask = { userId, queue: pages.queue, client: null, limit: 10, afterId: null, filter: null }
  await refuses(damaged.listRequests(ask), 'storeUnavailable')
  await refuses(damaged.findCaller({ tokenHash: 'none' }), 'storeUnavailable')
  await refuses(pages.client('client').lockHead(60, 1), 'storeUnavailable')
})

/** The first page of each, and of its indexes. */
function overwriteTables(file: string, tables: readonly string[]): void {
  const db = new DatabaseSync(file)
  const { page_size: pageBytes } = db.prepare('PRAGMA page_size').get()!
  const pages = tables.flatMap((table) =>
    db.prepare('SELECT rootpage FROM sqlite_schema WHERE tbl_name = ?').all(table),
  )
  db.close()
  const descriptor = openSync(file, 'r+')
  for (const { rootpage } of pages) {
    writeSync(descriptor, Buffer.alloc(100, 0xff), 0, 100, (Number(rootpage) - 1) * Number(pageBytes))
  }
  closeSync(descriptor)
}
