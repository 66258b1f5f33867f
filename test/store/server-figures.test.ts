/** How the stores keep the figures of the server (14.8): what failures, deletions and crashes leave. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { Client } from 'pg'
import { TestQueue } from '../../harness/conversation.ts'
import { temporaryDatabaseParts, temporaryDirectory } from '../../harness/server-process.ts'
import { ManualClock } from '../../src/store/clock.ts'
import type { Series } from '../../src/store/params/figures.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'
import { databaseName } from '../../src/store/sqlite/file/private-files.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { Store } from '../../src/store/store.ts'

/** The last seconds that are complete. */
async function seconds(store: Store, stepCount = 3): Promise<Series> {
  return (await store.serverFigures({ stepSecs: 1, stepCount })).series
}

async function newQueue(store: Store): Promise<TestQueue> {
  const { id: userId } = await store.ensureUser({ username: 'alice' })
  const { queue } = await store.getOrCreateQueue({ userId, name: null })
  return new TestQueue(store, userId, { queueId: queue.id })
}

test('sqlite: what a crash has lost is counted again at the next start', async (t) => {
  const directory = await temporaryDirectory(t)
  const clock = new ManualClock()
  const first = await openSqliteStore({ directory, clock })
  await (await newQueue(first)).client('client-a').add('1', '2', '3')
  clock.advance(3000)
  assert.deepEqual((await seconds(first)).pending, [0, 3, 3])
  await first.close()
  const db = new DatabaseSync(join(directory, databaseName))
  db.exec('UPDATE queue_figures SET pending_change = 100 WHERE queue_number = 0 AND step_secs = 0')
  db.close()
  const second = await openSqliteStore({ directory, clock })
  t.after(() => second.close())
  assert.deepEqual((await seconds(second)).pending, [0, 3, 3])
})

test('sqlite: a deleted queue whose locks end in thousands of seconds leaves none', async (t) => {
  const directory = await temporaryDirectory(t)
  const clock = new ManualClock()
  const store = await openSqliteStore({ directory, clock })
  t.after(() => store.close())
  const queue = await newQueue(store)
  const client = queue.client('client-a')
  const keys = Array.from({ length: 1200 }, (_, index) => `page-${index}`)
  for (let start = 0; start < keys.length; start += 500) await client.add(...keys.slice(start, start + 500))
  for (const index of keys.keys()) await client.lock(10 + index, 1)
  clock.advance(2000)
  assert.deepEqual((await seconds(store, 1)).locked, [1200])
  // More are pending than locked, or `locked` would be cut to that.
  const other = (await newQueue(store)).client('client-a')
  for (let start = 0; start < keys.length; start += 500) await other.add(...keys.slice(start, start + 500))
  await queue.delete()
  clock.advance(3000)
  // Some end with the rows that are deleted afterwards.
  while ((await seconds(store, 1)).locked[0] !== 0) clock.advance(1000)
  clock.advance(3_000_000)
  const { series } = await store.serverFigures({ stepSecs: 300, stepCount: 12 })
  assert.deepEqual(
    [series.ranOut, series.locked].map((counts) => Math.max(...counts.slice(-8))),
    [0, 0],
  )
})

async function databaseFor(t: TestContext) {
  const { url, schema } = await temporaryDatabaseParts(t)
  const clock = new ManualClock()
  const open = async () => {
    const store = await openPostgresStore({ url, schema, clock, connectionsMax: 4 })
    t.after(() => store.close())
    return store
  }
  const raw = new Client({ connectionString: url, options: `-c search_path=${schema}` })
  await raw.connect()
  t.after(() => raw.end())
  return { clock, open, raw }
}

test('postgres: servers add up, and each sees a queue that another has deleted', async (t) => {
  const { clock, open } = await databaseFor(t)
  const [first, second] = [await open(), await open()]
  const queue = await newQueue(first)
  const other = await newQueue(first)
  await queue.client('client-a').add('1', '2')
  await other.client('client-a').add('1')
  // The second server has not saved what it does when the first one deletes the queue.
  const onSecond = new TestQueue(second, queue.userId, queue.queue).client('client-b')
  await onSecond.add('3')
  await onSecond.lock(60, 2)
  await queue.delete()
  clock.advance(3000)
  await seconds(first)
  for (const store of [second, first]) {
    const { added, handedOut, pending, locked } = await seconds(store)
    assert.deepEqual(
      { added, handedOut, pending, locked },
      {
        added: [0, 4, 0],
        handedOut: [0, 2, 0],
        pending: [0, 1, 1],
        locked: [0, 0, 0],
      },
    )
  }
})

test('postgres: what a crash has lost is counted again by who looks', async (t) => {
  const { clock, open, raw } = await databaseFor(t)
  const first = await open()
  const queue = await newQueue(first)
  await queue.client('client-a').add('1', '2', '3')
  clock.advance(60_000)
  assert.deepEqual((await seconds(first, 1)).pending, [3])
  await raw.query("UPDATE queue_figures SET pending_change = 100 WHERE queue_id = '' AND step_secs = 0")
  const second = await open()
  await seconds(second)
  clock.advance(5000)
  assert.deepEqual((await seconds(second, 1)).pending, [3])
  // What others have not saved when it counts is no reason to change it.
  clock.advance(100_000)
  await queue.client('client-a').add('4', '5')
  await seconds(second)
  await seconds(first)
  clock.advance(5000)
  assert.deepEqual((await seconds(second, 1)).pending, [5])
})

test('postgres: figures of the server that cannot be saved wait for the next save', async (t) => {
  const { clock, open, raw } = await databaseFor(t)
  const store = await open()
  const client = (await newQueue(store)).client('client-a')
  await client.add('1')
  clock.advance(2000)
  await seconds(store)
  await client.add('2')
  await raw.query("ALTER TABLE queue_figures ADD CONSTRAINT no_server CHECK (queue_id <> '') NOT VALID")
  await assert.rejects(seconds(store))
  await raw.query('ALTER TABLE queue_figures DROP CONSTRAINT no_server')
  clock.advance(2000)
  assert.deepEqual((await seconds(store)).added, [1, 0, 1])
})
