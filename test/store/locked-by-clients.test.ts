/** Locked requests are found by the clients that hold them, if these are not very many (8.2, 14.4). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { content, TestQueue } from '../../harness/conversation.ts'
import {
  type OpenTestStore,
  openTemporaryPostgresStore,
  openTemporarySqliteStore,
} from '../../harness/stores.ts'
import { everyRequest } from '../../src/domain/insight/request-filter.ts'

const stores: Record<string, OpenTestStore> = {
  SQLite: openTemporarySqliteStore,
  PostgreSQL: openTemporaryPostgresStore,
}
const filler = { clientKey: 'filler', runId: null }

for (const [name, open] of Object.entries(stores)) {
  test(`${name}: 8.2 all locked requests are found beside very many scheduled ones, whoever holds them`, async () => {
    const { store, clock, discard } = await open()
    try {
      const { id: userId } = await store.ensureUser({ username: 'headlock' })
      const { queue: made } = await store.getOrCreateQueue({ userId, name: null })
      const queue = { queueId: made.id }
      const conversation = new TestQueue(store, userId, queue)
      const add = (key: string, count: number, changes: object) => {
        const requests = Array.from({ length: count }, (_, index) => content(`${key}-${index}`, changes))
        return store.addRequests({ userId, queue, client: filler, requests, side: 'end' })
      }
      for (let part = 0; part < 6; part++)
        await add(`later-${part}`, 1700, { wishes: { delayMs: 3_600_000 } })
      await add('now', 1300, {})
      const assertLocked = async (expected: readonly string[]) => {
        const walked = await conversation.client('filler').walk(1000, ['locked'])
        assert.deepEqual(walked.map(({ uniqueKey }) => uniqueKey).toSorted(), expected.toSorted())
        const found: string[] = []
        for (let afterId: string | null = ''; afterId !== null; ) {
          const filter = { ...everyRequest, states: new Set(['locked'] as const) }
          const page = await store.findRequests({ userId, queue, filter, afterId, limit: 1000 })
          found.push(...page.items.map(({ uniqueKey }) => uniqueKey))
          afterId = page.nextAfterId
        }
        assert.deepEqual(found.toSorted(), expected.toSorted())
      }
      // This one runs out. Its client holds nothing then.
      await conversation.client('gone').lock(1, 1)
      clock.advance(2000)
      const few: string[] = []
      for (const key of ['b', 'a']) few.push(...(await conversation.client(key).lock(60)))
      await assertLocked(few)
      // More clients than one step asks.
      const others = Array.from({ length: 1100 }, (_, index) =>
        conversation.client(`other-${index}`).lock(60, 1),
      )
      await assertLocked([...few, ...(await Promise.all(others)).flat()])
    } finally {
      await discard()
    }
  })
}
