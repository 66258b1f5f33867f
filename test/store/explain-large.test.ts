/** Counts of queues with more than 10,000 requests of a kind (14.3). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { content, TestQueue } from '../../harness/conversation.ts'
import {
  type OpenTestStore,
  openTemporaryPostgresStore,
  openTemporarySqliteStore,
} from '../../harness/stores.ts'
import { policyOf } from '../../src/domain/policy/document.ts'
import type { RequestContent } from '../../src/domain/request.ts'
import type { Explanation } from '../../src/store/params/insight.ts'
import type { Store } from '../../src/store/store.ts'

const stores: Record<string, OpenTestStore> = {
  SQLite: openTemporarySqliteStore,
  PostgreSQL: openTemporaryPostgresStore,
}
const client = { clientKey: 'filler', runId: null }
const more = 10_050
const failing = '"userData":{},"errorMessages":["Error: 404"]'

for (const [name, open] of Object.entries(stores)) {
  test(`${name}: 14.3 counts are exact up to 10,000 of a kind, and then say that they are cut`, async () => {
    const { store, clock, discard } = await open()
    try {
      const queue = await newQueue(store)
      const handledAt = clock.wallMs()
      await fill(queue, 'due', 10_000)
      await fill(queue, 'later', 10_000, { wishes: { delayMs: 3_600_000 } })
      await fill(queue, 'failed', 10_000, { handledAt, otherFields: failing })
      const exact = {
        available: 10_000,
        locked: 0,
        scheduled: 10_000,
        held: 0,
        handled: 10_000,
        failed: 10_000,
      }
      assert.deepEqual(countsOf(await explain(queue)), { ...exact, capped: [] })
      await fill(queue, 'more', 80)
      await fill(queue, 'more later', 1, { wishes: { delayMs: 3_600_000 } })
      await fill(queue, 'more failed', 1, { handledAt, otherFields: failing })
      const cut = { ...exact, handled: 10_001, capped: ['available', 'scheduled', 'failed'] }
      assert.deepEqual(countsOf(await explain(queue)), cut)
      // Among so many scheduled requests, locks are found by their clients.
      for (const key of ['c', 'a', 'b']) await queue.client(key).lock(60)
      const explanation = await explain(queue)
      assert.deepEqual(countsOf(explanation), { ...cut, locked: 75, capped: cut.capped })
      assert.deepEqual(
        explanation.locked.map(({ clientKey, count }) => [clientKey, count]),
        [
          ['a', 25],
          ['b', 25],
          ['c', 25],
        ],
      )
    } finally {
      await discard()
    }
  })

  test(`${name}: 14.3 what hosts hold back is counted by host where it is much`, async () => {
    const { store, discard } = await open()
    try {
      const queue = await newQueue(store)
      const document = {
        rules: [
          { hosts: ['stopped.test'], paused: true },
          { hosts: ['*'], concurrency: 1 },
        ],
      }
      const { userId } = queue
      const policy = policyOf(document)
      await store.putPolicy({ userId, queue: queue.queue, document, policy, version: null })
      await fill(queue, 'stopped', more)
      await fill(queue, 'busy', 30)
      await fill(queue, 'idle', 20)
      await queue.client('a').lock(60, 1)
      await queue.client('a').lock(60, 1)
      await fill(queue, 'free', 12)
      const { held, ...explanation } = await explain(queue)
      assert.deepEqual(countsOf(explanation), {
        available: 12,
        locked: 2,
        scheduled: 0,
        held: 10_000,
        handled: 0,
        failed: 0,
        capped: ['held'],
      })
      assert.deepEqual(
        held.map(({ host, count, reason }) => [host, count, reason]),
        [
          ['stopped.test', 10_000, 'paused'],
          ['busy.test', 29, 'concurrency'],
          ['idle.test', 19, 'concurrency'],
        ],
      )
    } finally {
      await discard()
    }
  })

  test(`${name}: 14.3 counts are exact up to 10,000 of a kind in a queue with more than 10,000 hosts`, async () => {
    const { store, discard } = await open()
    try {
      const queue = await newQueue(store)
      const rules = (isStopped: boolean) => [
        { hosts: ['*.stopped.test'], ...(isStopped ? { paused: true } : { concurrency: 2 }) },
        { hosts: ['*'], concurrency: 1 },
      ]
      await putPolicy(queue, { rules: rules(true) })
      // The first ones are not those that come next.
      await fill(queue, 'stopped', 2100, {}, (index) => `h${index % 30}.stopped.test`)
      await fill(queue, 'open', 9990, {}, (index) => `h${index}.open.test`)
      await fill(queue, 'busy', 60, {}, (index) => `h${index % 30}.open.test`)
      const some = { locked: 0, scheduled: 0, handled: 0, failed: 0, capped: [] }
      const first = await explain(queue)
      assert.deepEqual(countsOf(first), {
        ...some,
        available: 10_000,
        held: 2100,
        capped: ['available', 'held'],
      })
      await queue.client('a').lock(60, 25)
      await queue.client('a').lock(60, 25)
      // 50 of 9990 hosts are busy. Of these, 30 have two more requests each.
      const second = await explain(queue)
      assert.deepEqual(countsOf(second), { ...some, locked: 50, available: 9940, held: 2160 })
      assert.deepEqual(
        second.held.slice(0, 30).map(({ reason, count }) => [reason, count]),
        Array(30).fill(['paused', 70]),
      )
      await putPolicy(queue, { rules: rules(false) })
      const third = await explain(queue)
      assert.deepEqual(countsOf(third), {
        ...some,
        locked: 50,
        available: 10_000,
        held: 60,
        capped: ['available'],
      })
      assert.deepEqual(
        third.held.map(({ reason, count }) => [reason, count]),
        Array(30).fill(['concurrency', 2]),
      )
      const keys = third.next.map(({ uniqueKey }) => uniqueKey)
      assert.deepEqual(await queue.client('b').lock(60), keys)
    } finally {
      await discard()
    }
  })

  test(`${name}: 14.1 a policy that was just stored counts for more hosts than one step looks at`, async () => {
    const { store, discard } = await open()
    try {
      const queue = await newQueue(store)
      await putPolicy(queue, { rules: [{ hosts: ['*'], concurrency: 1 }] })
      await fill(queue, 'many', 1200, {}, (index) => `h${index}.test`)
      const { userId } = queue
      const document = { rules: [{ hosts: ['*'], paused: true }] }
      const policy = policyOf(document)
      await store.putPolicy({ userId, queue: queue.queue, document, policy, version: null })
      const { next, counts } = await explain(queue)
      assert.deepEqual([next.length, counts.available, counts.held], [0, 0, 1200])
    } finally {
      await discard()
    }
  })
}

async function putPolicy({ store, userId, queue }: TestQueue, document: object): Promise<void> {
  const policy = policyOf(document)
  await store.putPolicy({ userId, queue, document, policy, version: null })
  while ((await store.getPolicy({ userId, queue })).state !== 'active') await setImmediate()
}

async function newQueue(store: Store): Promise<TestQueue> {
  const { id: userId } = await store.ensureUser({ username: 'headlock' })
  const { queue } = await store.getOrCreateQueue({ userId, name: null })
  return new TestQueue(store, userId, { queueId: queue.id })
}

/** All on one host, unless said otherwise. */
async function fill(
  { store, userId, queue }: TestQueue,
  key: string,
  count: number,
  changes: Partial<RequestContent> = {},
  hostOf: (index: number) => string = () => `${key.split(' ').join('-')}.test`,
): Promise<void> {
  for (let from = 0; from < count; from += 2000) {
    const requests = Array.from({ length: Math.min(2000, count - from) }, (_, index) =>
      content(`${key}-${from + index}`, { url: `https://${hostOf(from + index)}/`, ...changes }),
    )
    await store.addRequests({ userId, queue, client, requests, side: 'end' })
  }
}

function explain({ store, userId, queue }: TestQueue): Promise<Explanation> {
  return store.explainQueue({ userId, queue })
}

function countsOf({ counts, capped }: Pick<Explanation, 'counts' | 'capped'>): object {
  return { ...counts, capped }
}
