/** Counts of queues with more than 10,000 requests of a kind (14.3). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
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
}

async function newQueue(store: Store): Promise<TestQueue> {
  const { id: userId } = await store.ensureUser({ username: 'headlock' })
  const { queue } = await store.getOrCreateQueue({ userId, name: null })
  return new TestQueue(store, userId, { queueId: queue.id })
}

/** All on one host. */
async function fill(
  { store, userId, queue }: TestQueue,
  key: string,
  count: number,
  changes: Partial<RequestContent> = {},
): Promise<void> {
  for (let from = 0; from < count; from += 2000) {
    const requests = Array.from({ length: Math.min(2000, count - from) }, (_, index) =>
      content(`${key}-${from + index}`, { url: `https://${key.split(' ').join('-')}.test/`, ...changes }),
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
