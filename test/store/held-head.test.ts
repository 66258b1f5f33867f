/** Where priorities meet very many requests that are held back (12.4, 13.11). docs/api-details.md says what get head shows. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { content, TestQueue } from '../../harness/conversation.ts'
import { openTemporaryPostgresStore, openTemporarySqliteStore } from '../../harness/stores.ts'
import { policyOf } from '../../src/domain/policy/document.ts'

const sortedMax = 2000

for (const [kind, open] of [
  ['the embedded store', openTemporarySqliteStore],
  ['PostgreSQL', openTemporaryPostgresStore],
] as const) {
  test(`12.4 on ${kind} get head sorts the first ${sortedMax} that are held back by priority`, async (t) => {
    const opened = await open()
    t.after(() => opened.discard())
    const { store } = opened
    const { id: userId } = await store.ensureUser({ username: 'alice' })
    const { queue: made } = await store.getOrCreateQueue({ userId, name: null })
    const queue = new TestQueue(store, userId, { queueId: made.id })
    const a = queue.client('a')
    const document = {
      rules: [{ hosts: ['held.test'], paused: true }],
      priorities: [{ label: 'first', priority: 5 }],
    }
    const policy = policyOf(document)
    await store.putPolicy({ userId, queue: queue.queue, document, policy, version: null })
    const held = (key: string, label: string) =>
      content(key, { url: `https://held.test/${key}`, otherFields: `"userData":{"label":"${label}"}` })
    const plain = Array.from({ length: sortedMax - 1 }, (_, index) => held(`plain-${index}`, 'later'))
    await a.add('available')
    await a.addContents([...plain, held('within', 'first'), held('behind', 'first')])
    assert.deepEqual(await a.head(3), ['available', 'within', 'plain-0'])
    await a.delete('plain-0')
    // One place has become free.
    assert.deepEqual(await a.head(4), ['available', 'within', 'behind', 'plain-1'])
    assert.deepEqual(await a.lock(60), ['available'])
  })
}
