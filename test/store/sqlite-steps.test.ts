/** What the storage thread does in one transaction, and what it leaves to the next one. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { content, TestQueue } from '../../harness/conversation.ts'
import { temporaryDirectory } from '../../harness/server-process.ts'
import { openTemporarySqliteStore } from '../../harness/stores.ts'
import { ManualClock } from '../../src/store/clock.ts'
import { openWriter } from '../../src/store/sqlite/file/database.ts'
import { migrate } from '../../src/store/sqlite/migrations/migrate.ts'
import { clearPurges } from '../../src/store/sqlite/operations/clear-purges.ts'
import { SharedReads } from '../../src/store/sqlite/reads/shared-reads.ts'
import { Session } from '../../src/store/sqlite/session/session.ts'
import { runTogether } from '../../src/store/sqlite/thread/group-commit.ts'
import type { CallMessage } from '../../src/store/sqlite/thread/messages.ts'
import { sqliteStepSize } from '../../src/store/steps/steps.ts'
import type { Store } from '../../src/store/store.ts'
import { StoreClock } from '../../src/store/store-clock.ts'

const client = { clientKey: 'client-a', runId: null }

/** A session as the storage thread has it, with a user. */
async function sessionFor(t: TestContext) {
  const db = openWriter(join(await temporaryDirectory(t), 'headlock.sqlite'))
  t.after(() => db.close())
  migrate(db)
  const session = new Session(db, new StoreClock(new ManualClock(), 0), new SharedReads())
  const run = (...calls: CallMessage[]): unknown[] =>
    runTogether(session, calls).map(([, reply]) => {
      assert.ok('answer' in reply, JSON.stringify(reply))
      return reply.answer
    })
  const [{ id: userId }] = run([1, 'ensureUser', { username: 'alice' }]) as [{ id: string }]
  const made = () => run([1, 'getOrCreateQueue', { userId, name: null }]) as [{ queue: { id: string } }]
  const newQueue = () => ({ userId, queue: { queueId: made()[0].queue.id } })
  return { db, session, run, newQueue, userId }
}

test('calls that take long are not all in one transaction', async (t) => {
  const { session, newQueue } = await sessionFor(t)
  const ask = { ...newQueue(), client, limit: 1 }
  const calls: CallMessage[] = [1, 2, 3].map((number) => [number, 'listHead', ask])
  assert.deepEqual(
    runTogether(session, calls, 0).map(([number]) => number),
    [1],
    'the first one in any case',
  )
  assert.equal(runTogether(session, calls, 60_000).length, 3)
})

test('a change of one queue does not write queues that were only read', async (t) => {
  const { db, session, run, newQueue } = await sessionFor(t)
  const looked = newQueue()
  const changed = newQueue()
  const listHead = (queue: object): CallMessage => [1, 'listHead', { ...queue, client, limit: 1 }]
  // The first access by a client is not just a read.
  run(listHead(looked), listHead(changed))
  run([1, 'addRequests', { ...looked, client, requests: [content('1')], side: 'end' }])
  for (const number of session.unsavedNumbers()) session.save(number)
  assert.deepEqual(session.unsavedNumbers(), [])

  const rows = () =>
    db
      .prepare('SELECT head_item_read_count AS shown, total_count AS total FROM queues ORDER BY number')
      .all()
      .map((row) => ({ ...row }))
  run(listHead(looked))
  run([1, 'addRequests', { ...changed, client, requests: [content('1')], side: 'end' }])
  assert.deepEqual(rows(), [
    { shown: 0, total: 1 },
    { shown: 0, total: 1 },
  ])
  assert.equal(session.unsavedNumbers().length, 1)
  for (const number of session.unsavedNumbers()) session.save(number)
  assert.deepEqual(rows(), [
    { shown: 1, total: 1 },
    { shown: 0, total: 1 },
  ])
})

test('a transaction that fails leaves what other queues have gathered alone', async (t) => {
  const { session, run, newQueue } = await sessionFor(t)
  const queues = [newQueue(), newQueue()]
  const getQueue = (index: number): CallMessage => [1, 'getQueue', queues[index]]
  const shown = (index: number) =>
    (run(getQueue(index)) as [{ stats: { headItemReadCount: number } }])[0].stats.headItemReadCount
  for (const queue of queues) {
    run([1, 'addRequests', { ...queue, client, requests: [content('1'), content('2')], side: 'end' }])
    run([1, 'listHead', { ...queue, client, limit: 2 }])
  }
  session.begin()
  const inHand = session.queue(queues[0]!, 'write')
  assert.ok(!('refused' in inHand))
  inHand.headItemReadCount += 100
  inHand.totalCount += 100
  inHand.modified(session.now)
  session.rollback()
  assert.deepEqual([shown(0), shown(1)], [2, 2])
  assert.equal(session.unsavedNumbers().length, 2)
  assert.deepEqual(run([1, 'check', undefined]), [[]])
})

test('a step of a purge takes many empty queues, and few large requests', async (t) => {
  const { db, session, run, newQueue } = await sessionFor(t)
  const sized = (key: string, bytes: number) => content(key, { otherFields: `"x":"${'x'.repeat(bytes)}"` })
  const large = newQueue()
  for (const key of ['1', '2', '3']) {
    run([1, 'addRequests', { ...large, client, requests: [sized(key, 5_000_000)], side: 'end' }])
  }
  const empty = Array.from({ length: 20 }, newQueue)
  run(...[large, ...empty].map((queue): CallMessage => [1, 'deleteQueue', queue]))
  const left = () => {
    const { requests, purges } = db
      .prepare('SELECT (SELECT count(*) FROM requests) AS requests, (SELECT count(*) FROM purges) AS purges')
      .get()!
    return [requests, purges]
  }
  const seen = [left()]
  for (let more = true; more; seen.push(left())) {
    session.begin()
    more = clearPurges(session)
    session.commit()
  }
  assert.deepEqual(seen, [
    [3, 21],
    [2, 21],
    [1, 21],
    [0, 0],
    [0, 0],
  ])
})

/** In steps of three queues. */
async function withQueues(t: TestContext, count: number) {
  const { store, discard } = await openTemporarySqliteStore({ ...sqliteStepSize, queues: 3 })
  t.after(discard)
  const { id: userId } = await store.ensureUser({ username: 'alice' })
  const queueIds: string[] = []
  for (let made = 0; made < count; made++) {
    const name = made % 2 === 0 ? `queue-${made}` : null
    queueIds.push((await store.getOrCreateQueue({ userId, name })).queue.id)
  }
  const list = (ask: Partial<Parameters<Store['listQueues']>[0]>) =>
    store.listQueues({ userId, offset: 0, limit: 1000, desc: false, unnamed: true, ownership: null, ...ask })
  return { store, userId, queueIds, list }
}

test('7.8 a list of queues in steps is the same page, and other calls come between', async (t) => {
  const { store, userId, queueIds, list } = await withQueues(t, 40)
  const named = queueIds.filter((_, index) => index % 2 === 0)
  for (const [ask, ids] of [
    [{}, queueIds],
    [{ unnamed: false }, named],
    [{ desc: true }, queueIds.toReversed()],
    [{ desc: true, unnamed: false }, named.toReversed()],
  ] as const) {
    for (const [offset, limit] of [
      [0, 1000],
      [0, 3],
      [2, 1],
      [17, 9],
      [18, 2],
      [39, 5],
      [60, 5],
    ] as const) {
      const { total, items } = await list({ ...ask, offset, limit })
      assert.equal(total, ids.length)
      assert.deepEqual(
        items.map(({ id }) => id),
        ids.slice(offset, offset + limit),
      )
    }
  }

  const a = new TestQueue(store, userId, { queueId: queueIds[0]! }).client('client-a')
  const listing = list({})
  let isListed = false
  const listed = listing.then(() => {
    isListed = true
  })
  let adds = 0
  while (!isListed) await a.add(`added-${adds++}`)
  await listed
  assert.ok(adds >= 5, `${adds} adds came between 14 steps`)
})

test('7.8 queues that are made and deleted between the steps of a list disturb no others', async (t) => {
  const { store, userId, queueIds, list } = await withQueues(t, 40)
  const listing = list({})
  await store.deleteQueue({ userId, queue: { queueId: queueIds[35]! } })
  await store.deleteQueue({ userId, queue: { queueId: queueIds[0]! } })
  await store.getOrCreateQueue({ userId, name: 'late' })
  const ids = (await listing).items.map(({ id }) => id)
  const stayed = queueIds.filter((_, index) => index !== 35 && index !== 0)
  assert.deepEqual(
    ids.filter((id) => stayed.includes(id)),
    stayed,
  )
  assert.equal(new Set(ids).size, ids.length)
  assert.equal((await list({})).total, 39)
})
