/** How a large queue gets its groups in steps: what the steps must not miss while calls run between them (13.2). */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Client } from 'pg'
import { content, TestQueue } from '../../harness/conversation.ts'
import { temporaryDatabaseParts, temporaryDirectory } from '../../harness/server-process.ts'
import { TestClock } from '../../harness/test-clock.ts'
import { policyOf } from '../../src/domain/policy/document.ts'
import type { PolicyView } from '../../src/store/params/policies.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'
import { openDatabase } from '../../src/store/sqlite/file/database.ts'
import { databaseName } from '../../src/store/sqlite/file/private-files.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { Store } from '../../src/store/store.ts'

const one = { rules: [{ hosts: ['*'], concurrency: 1 }] }
const other = { rules: [{ hosts: ['*'], concurrency: 2 }] }

interface Place {
  open(): Promise<Store>
  /** Runs a statement while the store is closed, and returns the first row that it gives. */
  run(sql: string): Promise<Record<string, unknown> | undefined>
}

const places: Readonly<Record<string, (t: TestContext) => Promise<Place>>> = {
  async sqlite(t) {
    const directory = await temporaryDirectory(t)
    const clock = new TestClock()
    return {
      open: () => openSqliteStore({ directory, clock }),
      async run(sql) {
        const db = openDatabase(join(directory, databaseName))
        try {
          return db.prepare(sql).get()
        } finally {
          db.close()
        }
      },
    }
  },
  async postgres(t) {
    const { url, schema } = await temporaryDatabaseParts(t)
    const clock = new TestClock()
    return {
      open: () => openPostgresStore({ url, schema, clock }),
      async run(sql) {
        const client = new Client({ connectionString: url, options: `-c search_path=${schema}` })
        await client.connect()
        try {
          return (await client.query(sql)).rows[0]
        } finally {
          await client.end()
        }
      },
    }
  },
}

async function newQueue(store: Store): Promise<TestQueue> {
  const { id: userId } = await store.ensureUser({ username: 'headlock' })
  const { queue } = await store.getOrCreateQueue({ userId, name: null })
  return new TestQueue(store, userId, { queueId: queue.id })
}

function put({ store, userId, queue: address }: TestQueue, document: object): Promise<PolicyView> {
  return store.putPolicy({ userId, queue: address, document, policy: policyOf(document), version: null })
}

/** Requests on hosts in turn. */
async function fill(queue: TestQueue, count: number, hostCount: number): Promise<void> {
  const client = queue.client('filler')
  for (let from = 0; from < count; from += 5000) {
    const requests = Array.from({ length: Math.min(5000, count - from) }, (_, index) => {
      const number = from + index
      return content(`page-${number}`, { url: `https://host-${number % hostCount}.test/${number}` })
    })
    await client.addContents(requests)
  }
}

async function until(queue: TestQueue, isThere: (view: PolicyView) => boolean): Promise<PolicyView> {
  const { store, userId, queue: address } = queue
  for (;;) {
    const view = await store.getPolicy({ userId, queue: address })
    if (view.state === 'active' || isThere(view)) return view
  }
}

const built = (queue: TestQueue) => until(queue, () => false)

for (const [name, openPlace] of Object.entries(places)) {
  test(`${name}: a request that moves to before the steps gets its group`, async (t) => {
    const store = await (await openPlace(t)).open()
    t.after(() => store.close())
    const queue = await newQueue(store)
    await fill(queue, 20_000, 1000)
    const a = queue.client('a')
    const held = await a.lock(3600, 25)
    await put(queue, one)
    const view = await until(queue, ({ progress }) => progress!.done > 0)
    assert.equal(view.state, 'building')
    // The steps go by the places of requests. This one is before all of them.
    for (const key of held) await a.deleteLock(key, 'forefront')
    await built(queue)
    assert.deepEqual(await store.check(), [])
    const taken = await queue.client('b').lock(3600, 25)
    assert.deepEqual(taken, held.toReversed())
  })

  test(`${name}: requests that come, move and go between the steps are in the right groups`, async (t) => {
    const store = await (await openPlace(t)).open()
    t.after(() => store.close())
    const queue = await newQueue(store)
    await fill(queue, 20_000, 1000)
    const a = queue.client('a')
    await put(queue, one)
    for (let round = 0; (await until(queue, () => true)).state === 'building'; round++) {
      const [first, second, third, fourth] = await a.lock(3600, 25)
      await Promise.all([
        a.finish(first!),
        a.deleteLock(second!, 'forefront'),
        a.delete(third!),
        a.update(fourth!, { url: `https://moved-${round}.test/` }, 'forefront'),
        a.addForefront(`first-${round}`),
        a.add(`last-${round}`),
      ])
    }
    assert.deepEqual(await store.check(), [])
  })

  test(`${name}: another policy goes on where the one before was`, async (t) => {
    const place = await openPlace(t)
    let store = await place.open()
    const queue = await newQueue(store)
    await fill(queue, 20_000, 1000)
    await put(queue, one)
    const before = await until(queue, ({ progress }) => progress!.done > 2000)
    assert.equal(before.state, 'building')
    assert.ok((await put(queue, other)).progress!.done >= before.progress!.done)
    await store.close()
    store = await place.open()
    t.after(() => store.close())
    const again = new TestQueue(store, queue.userId, queue.queue)
    await built(again)
    assert.deepEqual(await store.check(), [])
    const { items } = await again.client('a').lockHead(60, 1000)
    assert.equal(items.length, 1000)
  })

  test(`${name}: steps that an earlier version began, which went by ID, go on`, async (t) => {
    const place = await openPlace(t)
    let store = await place.open()
    const queue = await newQueue(store)
    await fill(queue, 20_000, 1000)
    await put(queue, one)
    const before = await until(queue, ({ progress }) => progress!.done > 2000)
    assert.equal(before.state, 'building')
    await store.close()
    const stored = await place.run('SELECT building FROM queues')
    const { place: _, isRest: __, ...building } = JSON.parse(String(stored!['building']))
    await place.run(`UPDATE queues SET building = '${JSON.stringify({ ...building, cursor: '' })}'`)
    store = await place.open()
    t.after(() => store.close())
    await built(new TestQueue(store, queue.userId, queue.queue))
    assert.deepEqual(await store.check(), [])
  })
}
