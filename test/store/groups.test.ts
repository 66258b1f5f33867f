/** Groups: built in steps in a large queue, over a restart, and rebuilt by repair. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client } from 'pg'
import { content, refuses, TestQueue } from '../../harness/conversation.ts'
import { temporaryDatabase, temporaryDirectory } from '../../harness/server-process.ts'
import {
  type OpenTestStore,
  openTemporaryPostgresStore,
  openTemporarySqliteStore,
} from '../../harness/stores.ts'
import { policyOf } from '../../src/domain/policy/document.ts'
import type { PolicyView } from '../../src/store/params/policies.ts'
import { verifyPostgres } from '../../src/store/postgres/maintenance/verify.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'
import { openDatabase } from '../../src/store/sqlite/file/database.ts'
import { databaseName } from '../../src/store/sqlite/file/private-files.ts'
import { repairDatabase } from '../../src/store/sqlite/maintenance/repair.ts'
import { verifyDatabase } from '../../src/store/sqlite/maintenance/verify.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { Store } from '../../src/store/store.ts'

const one = { rules: [{ hosts: ['*'], concurrency: 1 }] }

async function newQueue(store: Store): Promise<TestQueue> {
  const { id: userId } = await store.ensureUser({ username: 'headlock' })
  const { queue } = await store.getOrCreateQueue({ userId, name: null })
  return new TestQueue(store, userId, { queueId: queue.id })
}

function put({ store, userId, queue: address }: TestQueue, document: object): Promise<PolicyView> {
  return store.putPolicy({ userId, queue: address, document, policy: policyOf(document), version: null })
}

/** Requests on as many hosts as said, in turn. */
async function fill(queue: TestQueue, count: number, hosts: number): Promise<void> {
  const { store, userId, queue: address } = queue
  const client = { clientKey: 'filler', runId: null }
  const requests = Array.from({ length: count }, (_, n) =>
    content(`page-${n}`, { url: `https://host-${n % hosts}.test/${n}` }),
  )
  await store.addRequests({ userId, queue: address, client, requests, side: 'end' })
}

async function built({ store, userId, queue: address }: TestQueue): Promise<PolicyView> {
  for (;;) {
    const view = await store.getPolicy({ userId, queue: address })
    if (view.state === 'active') return view
  }
}

const stores: readonly { readonly name: string; readonly open: OpenTestStore }[] = [
  { name: 'sqlite', open: openTemporarySqliteStore },
  { name: 'postgres', open: openTemporaryPostgresStore },
]
for (const { name, open } of stores) {
  test(`${name}: a large queue gets its groups in steps, over a restart, while clients work by the policy before`, async (t) => {
    const place = await open()
    t.after(() => place.discard())
    const queue = await newQueue(place.store)
    await fill(queue, 5000, 10)
    const view = await put(queue, one)
    assert.equal(view.state, 'building')
    assert.equal(view.progress?.total, 5000)
    const a = queue.client('a')
    const before = await a.lockHead(60, 25)
    // Not bounded yet, or bounded already: this call may have come at the end of the building.
    assert.ok(before.items.length === 25 || before.items.length === 10)
    const again = new TestQueue(await place.reopen!(), queue.userId, queue.queue)
    await built(again)
    const b = again.client('b')
    assert.deepEqual((await b.lockHead(60, 25)).items, [])
    place.clock.advance(60_000)
    assert.equal((await b.lockHead(60, 25)).items.length, 10)
    assert.deepEqual(await again.store.check(), [])
  })

  test(`${name}: a large queue loses its groups, and gets them again while that goes on`, async (t) => {
    const place = await open()
    t.after(() => place.discard())
    const queue = await newQueue(place.store)
    await fill(queue, 3000, 3)
    await put(queue, one)
    await built(queue)
    const { store, userId, queue: address } = queue
    await store.deletePolicy({ userId, queue: address, version: null })
    assert.equal((await queue.client('a').lockHead(60, 25)).items.length, 25)
    await put(queue, one)
    await built(queue)
    assert.deepEqual((await queue.client('b').lockHead(60, 25)).items, [])
    assert.deepEqual(await store.check(), [])
  })

  test(`${name}: a cooldown is refused while groups are deleted, and would be lost otherwise`, async (t) => {
    const place = await open()
    t.after(() => place.discard())
    const queue = await newQueue(place.store)
    await fill(queue, 5000, 10)
    await put(queue, one)
    await built(queue)
    const { store, userId, queue: address } = queue
    const cooldown = { userId, queue: address, group: 'host-0.test', lastsMs: 60_000 }
    await store.deletePolicy({ userId, queue: address, version: null })
    let refusedCount = 0
    for (;;) {
      // Clients repeat what is answered with 503.
      const view = await store.setCooldown(cooldown).catch((error: Error) => {
        assert.match(error.message, /are being deleted/)
      })
      if (view !== undefined) break
      refusedCount++
    }
    assert.ok(refusedCount > 0)
    await put(queue, one)
    await built(queue)
    const { items } = await queue.client('a').lockHead(60, 25)
    assert.equal(items.length, 9)
    assert.deepEqual(
      items.filter(({ url }) => url.startsWith('https://host-0.test/')),
      [],
    )
  })

  test(`${name}: a large queue takes other groups once no rule is in force, also where a cooldown keeps them`, async (t) => {
    const place = await open()
    t.after(() => place.discard())
    const queue = await newQueue(place.store)
    await fill(queue, 3000, 3)
    const { store, userId, queue: address } = queue
    await put(queue, one)
    await built(queue)
    await store.setCooldown({ userId, queue: address, group: 'host-0.test', lastsMs: 60_000 })
    const byDomain = { ...one, groupBy: 'domain' }
    await refuses(put(queue, byDomain), 'groupByChanges')
    await store.deletePolicy({ userId, queue: address, version: null })
    await built(queue)
    await put(queue, byDomain)
    await built(queue)
    const { items } = await queue.client('a').lockHead(60, 25)
    assert.deepEqual(
      items.map(({ url }) => new URL(url).hostname),
      ['host-0.test', 'host-1.test', 'host-2.test'],
    )
    assert.deepEqual(await store.check(), [])
  })

  test(`${name}: a queue with few pending and many handled requests gets its groups at once`, async (t) => {
    const place = await open()
    t.after(() => place.discard())
    const queue = await newQueue(place.store)
    const { store, userId, queue: address } = queue
    const client = { clientKey: 'filler', runId: null }
    const handled = Array.from({ length: 3000 }, (_, n) =>
      content(`handled-${n}`, { url: `https://host-${n % 10}.test/h${n}`, handledAt: place.clock.wallMs() }),
    )
    await store.addRequests({ userId, queue: address, client, requests: handled, side: 'end' })
    await fill(queue, 1000, 10)
    assert.equal((await put(queue, one)).state, 'active')
    assert.equal((await queue.client('a').lockHead(60, 25)).items.length, 10)
    assert.deepEqual(await store.check(), [])
  })

  test(`${name}: other rules for groups that exist are in force at once`, async (t) => {
    const place = await open()
    t.after(() => place.discard())
    const queue = await newQueue(place.store)
    await fill(queue, 3000, 3)
    await put(queue, { rules: [{ hosts: ['*'], concurrency: 5 }] })
    await built(queue)
    const a = queue.client('a')
    assert.equal((await a.lockHead(60, 6)).items.length, 6)
    await put(queue, { rules: [{ hosts: ['*'], concurrency: 3 }] })
    assert.equal((await a.lockHead(60, 25)).items.length, 3)
    await put(queue, { rules: [{ hosts: ['*'], paused: true }] })
    assert.deepEqual((await a.lockHead(60, 25)).items, [])
    assert.deepEqual(await queue.store.check(), [])
  })

  test(`${name}: two new policies, one after the other: each counts for its time`, async (t) => {
    const place = await open()
    t.after(() => place.discard())
    const queue = await newQueue(place.store)
    // So many that the groups are looked at in several steps, and the last one by name in the last step.
    await fill(queue, 4000, 3900)
    const a = queue.client('a')
    await a.addContents([content('free', { url: 'https://zz.test/1' })], 'forefront')
    await a.addContents([content('bound', { url: 'https://zy.test/1' })], 'forefront')
    const others = { hosts: ['*.other.test'], delaySecs: 1 }
    const bound = { hosts: ['zy.test'], delaySecs: 1 }
    await put(queue, { rules: [others, bound] })
    await built(queue)
    assert.deepEqual(await a.lock(10, 2), ['bound', 'free'])
    place.clock.advance(10_000)
    const delay = (delaySecs: number, more: object = {}) => {
      return put(queue, { rules: [{ hosts: ['*'], delaySecs }], ...more })
    }
    // What nothing has bounded is not known. The next policy does not bound it from an earlier moment on.
    const views = await Promise.all([delay(60), delay(30), delay(30, { lockExpiriesMax: 5 })])
    assert.deepEqual(
      views.map(({ state }) => state),
      ['building', 'building', 'building'],
    )
    assert.deepEqual(await a.lock(10, 1), ['free'])
    place.clock.advance(29_999)
    const next = async () => (await a.lock(10, 1))[0]
    assert.notEqual(await next(), 'bound')
    place.clock.advance(1)
    assert.equal(await next(), 'bound')
    await built(queue)
    assert.deepEqual(await queue.store.check(), [])
  })

  test(`${name}: work that ends while the groups are looked at counts for the new policy`, async (t) => {
    const place = await open()
    t.after(() => place.discard())
    const queue = await newQueue(place.store)
    await fill(queue, 4000, 3900)
    const a = queue.client('a')
    await a.addContents([content('last', { url: 'https://zz.test/1' })], 'forefront')
    await put(queue, { rules: [{ hosts: ['*.other.test'], delaySecs: 1 }] })
    await built(queue)
    assert.deepEqual(await a.lock(10, 1), ['last'])
    assert.equal((await put(queue, { rules: [{ hosts: ['*'], delaySecs: 60 }] })).state, 'building')
    place.clock.advance(10_000)
    assert.notDeepEqual(await a.lock(10, 1), ['last'])
    await built(queue)
    place.clock.advance(59_999)
    assert.notDeepEqual(await a.lock(10, 1), ['last'])
    place.clock.advance(1)
    assert.deepEqual(await a.lock(10, 1), ['last'])
  })

  test(`${name}: a small queue that had very many groups takes another policy`, async (t) => {
    const place = await open()
    t.after(() => place.discard())
    const queue = await newQueue(place.store)
    await put(queue, one)
    await fill(queue, 900, 900)
    const { store, userId, queue: address } = queue
    const client = { clientKey: 'filler', runId: null }
    for (let round = 1; round <= 3; round++) {
      const requests = Array.from({ length: 900 }, (_, n) =>
        content(`done-${round}-${n}`, { url: `https://host-${round}-${n}.test/`, handledAt: null }),
      )
      await store.addRequests({ userId, queue: address, client, requests, side: 'end' })
      await store.deleteRequests({ userId, queue: address, client, requestIds: requests.map(({ id }) => id) })
    }
    await put(queue, { rules: [{ hosts: ['*'], paused: true }] })
    assert.deepEqual((await queue.client('a').lockHead(60, 25)).items, [])
    await built(queue)
    await store.deletePolicy({ userId, queue: address, version: null })
    assert.equal((await queue.client('a').lockHead(60, 25)).items.length, 25)
    assert.deepEqual(await store.check(), [])
  })
}

test('groups that differ from their requests are found and mended', async (t) => {
  const directory = await temporaryDirectory(t)
  const store = await openSqliteStore({ directory })
  const queue = await newQueue(store)
  await fill(queue, 20, 4)
  await put(queue, one)
  assert.equal((await queue.client('a').lockHead(3600, 3)).items.length, 3)
  await store.close()
  const damages = [
    'UPDATE groups SET first_sequence = first_sequence + 4 WHERE first_at IS NOT NULL',
    'UPDATE groups SET unhandled_count = unhandled_count + 1',
    "UPDATE groups SET lock_ends = '[]'",
    'DELETE FROM groups',
    "INSERT INTO groups SELECT 1000, queue_number, 'x.test', 7, '[]', NULL, NULL, 0, NULL, 1, NULL, NULL, NULL, 0 FROM groups LIMIT 1",
    'UPDATE requests SET rank = 5',
    'UPDATE requests SET group_number = 5 WHERE number > 10',
    'UPDATE requests SET group_number = NULL',
    'UPDATE requests SET revisit_at = 5',
    'UPDATE requests SET handled_at = NULL, revisit_at = 5 WHERE number = 1',
  ]
  for (const damage of damages) {
    const db = openDatabase(join(directory, databaseName))
    db.exec(damage)
    assert.notDeepEqual(verifyDatabase(db, Date.now()).findings.texts(), [], damage)
    assert.notDeepEqual(repairDatabase(db, Date.now()), [], damage)
    assert.deepEqual(verifyDatabase(db, Date.now()).findings.texts(), [], damage)
    db.close()
    const opened = await openSqliteStore({ directory })
    const again = new TestQueue(opened, queue.userId, queue.queue)
    // One host of four is free.
    const { items } = await again.client('b').lockHead(0.001, 25)
    assert.ok(items.length <= 1, damage)
    await opened.close()
  }
})

test('groups that differ from their requests are found and mended, on PostgreSQL', async (t) => {
  const address = new URL(await temporaryDatabase(t))
  const schema = address.searchParams.get('schema')!
  address.searchParams.delete('schema')
  const url = address.href
  const store = await openPostgresStore({ url, schema })
  const queue = await newQueue(store)
  await fill(queue, 20, 4)
  await put(queue, one)
  assert.equal((await queue.client('a').lockHead(3600, 3)).items.length, 3)
  await store.close()
  const client = new Client({ connectionString: url, options: `-c search_path=${schema}` })
  await client.connect()
  t.after(() => client.end())
  const verify = async (repair: boolean) => {
    const { problems, repaired } = await verifyPostgres({ url, schema, repair, onProgress: () => {} })
    return { problems, repaired }
  }
  const damages = [
    'UPDATE groups SET unhandled_count = unhandled_count + 1',
    "UPDATE groups SET lock_ends = '[]'",
    'DELETE FROM groups',
    `INSERT INTO groups (queue_id, name, unhandled_count, lock_ends, slowed_to_ms, judged_by, look_at)
     SELECT queue_id, 'x.test', 7, '[]', 0, 1, 0 FROM queues`,
    'UPDATE groups SET first_rank = 0, first_at = 1, first_sequence = 1',
    'UPDATE requests SET rank = 5',
    'UPDATE requests SET group_name = NULL, rank = NULL WHERE locked_by IS NULL',
  ]
  for (const damage of damages) {
    await client.query(damage)
    assert.notDeepEqual((await verify(false)).problems, [], damage)
    assert.notDeepEqual((await verify(true)).repaired, [], damage)
    assert.deepEqual((await verify(false)).problems, [], damage)
    const opened = await openPostgresStore({ url, schema })
    const again = new TestQueue(opened, queue.userId, queue.queue)
    await built(again)
    // One host of four is free.
    assert.equal((await again.client('b').lockHead(3600, 25)).items.length, 1, damage)
    await again.client('b').unlock()
    assert.deepEqual(await opened.check(), [], damage)
    await opened.close()
  }
})
