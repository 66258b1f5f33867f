/** What a repair has to leave, and what it finds in handled requests. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postgresPlace, sqlitePlace } from '../../harness/closed-stores.ts'
import { content, TestQueue } from '../../harness/conversation.ts'
import { policyOf } from '../../src/domain/policy/document.ts'
import type { Store } from '../../src/store/store.ts'

async function newQueue(store: Store, document: object | null): Promise<TestQueue> {
  const { id: userId } = await store.ensureUser({ username: 'headlock' })
  const { queue } = await store.getOrCreateQueue({ userId, name: 'pages' })
  const address = { queueId: queue.id }
  if (document !== null) {
    const policy = policyOf(document)
    await store.putPolicy({ userId, queue: address, document, policy, version: null })
  }
  return new TestQueue(store, userId, address)
}

for (const [kind, place] of [
  ['the embedded store', sqlitePlace],
  ['PostgreSQL', postgresPlace],
] as const) {
  for (const damage of [
    'UPDATE groups SET unhandled_count = unhandled_count + 1',
    "UPDATE groups SET lock_ends = '[]', unhandled_count = 5",
    'DELETE FROM groups',
  ]) {
    test(`13.4 on ${kind} a repair remembers when a lock ran out: ${damage}`, async (t) => {
      const { clock, open, damage: harm, repair } = await place(t)
      const store = await open()
      const queue = await newQueue(store, { rules: [{ hosts: '*', delaySecs: 60 }], lockExpiriesMax: 2 })
      await queue.client('a').add('1', '2')
      assert.deepEqual(await queue.client('a').lock(10), ['1'])
      await store.close()
      clock.advance(10_000)
      // Nobody has noted yet that the lock ran out.
      await harm(damage)
      const [found, changed, left] = await repair()
      assert.notDeepEqual(found, [])
      assert.notDeepEqual(changed, [])
      assert.deepEqual(left, [])
      const again = await open()
      try {
        const b = new TestQueue(again, queue.userId, queue.queue).client('b')
        clock.advance(59_999)
        assert.deepEqual(await b.lock(10), [])
        clock.advance(1)
        assert.deepEqual(await b.lock(10), ['2'])
        clock.advance(70_000)
        assert.deepEqual(await b.lock(10), ['1'])
        // The lock before the repair, and this one.
        clock.advance(80_000)
        assert.deepEqual(await b.lock(10), ['2'])
        await b.finish('2', clock.wallMs())
        clock.advance(60_000)
        assert.deepEqual(await b.lock(10), [])
        assert.match((await b.get('1')).otherFields, /2 locks in a row/)
      } finally {
        await again.close()
      }
    })
  }

  test(`13.12 on ${kind} a lock that is not complete any more, but ran out, counts`, async (t) => {
    const { clock, open, damage, repair } = await place(t)
    const store = await open()
    const queue = await newQueue(store, { lockExpiriesMax: 2 })
    await queue.client('a').add('1')
    await queue.client('a').lock(10)
    await store.close()
    clock.advance(10_000)
    await damage('UPDATE requests SET available_before = NULL')
    assert.deepEqual((await repair())[2], [])
    const again = await open()
    try {
      const b = new TestQueue(again, queue.userId, queue.queue).client('b')
      assert.deepEqual(await b.lock(10), ['1'])
      clock.advance(10_000)
      assert.deepEqual(await b.lock(10), [])
    } finally {
      await again.close()
    }
  })

  test(`14.4 on ${kind} what a request that is not handled failed with is found, and goes`, async (t) => {
    const { clock, open, damage, repair } = await place(t)
    const store = await open()
    const queue = await newQueue(store, null)
    const otherFields = '"errorMessages":["no answer"]'
    await queue
      .client('a')
      .addContents([content('1'), content('2', { handledAt: clock.wallMs(), otherFields })])
    await store.close()
    assert.deepEqual(await repair().then(([found]) => found), [])
    await damage("UPDATE requests SET failure = 'no answer' WHERE handled_at IS NULL")
    const [found, changed, left] = await repair()
    assert.equal(found.length, 1)
    assert.match(found[0]!, /^a request that is not handled counts as failed: /)
    assert.equal(changed.length, 1)
    assert.deepEqual(left, [])
    const again = await open()
    try {
      const { items } = await again.listFailures({ userId: queue.userId, queue: queue.queue, limit: 10 })
      assert.deepEqual(
        items.map(({ error, count }) => [error, count]),
        [['no answer', 1]],
      )
    } finally {
      await again.close()
    }
  })
}
