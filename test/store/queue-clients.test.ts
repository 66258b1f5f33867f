/** What is remembered of clients stays small (14.2), and goes with its queue. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { content, TestQueue } from '../../harness/conversation.ts'
import {
  type OpenTestStore,
  openTemporaryPostgresStore,
  openTemporarySqliteStore,
} from '../../harness/stores.ts'
import { clientsKept } from '../../src/store/series/unsaved-clients.ts'

const stores: Record<string, OpenTestStore> = {
  SQLite: openTemporarySqliteStore,
  PostgreSQL: openTemporaryPostgresStore,
}

for (const [name, open] of Object.entries(stores)) {
  test(`${name}: the clients that were seen last are remembered, about a thousand`, async () => {
    const { store, clock, discard } = await open()
    try {
      const { id: userId } = await store.ensureUser({ username: 'headlock' })
      const { queue } = await store.getOrCreateQueue({ userId, name: null })
      const address = { userId, queue: { queueId: queue.id } }
      const tested = new TestQueue(store, userId, address.queue)
      const count = clientsKept + 200
      const requests = Array.from({ length: count }, (_, index) => content(`page-${index}`))
      await tested.client('filler').addContents(requests)
      const locked = (from: number, to: number) =>
        Promise.all(
          Array.from({ length: to - from }, (_, index) => tested.client(`c-${from + index}`).lock(1, 1)),
        )
      const listed = async () => (await store.listClients({ ...address, after: null, limit: count })).items
      await locked(0, 200)
      assert.equal((await listed()).length, 200)
      clock.advance(1000)
      await locked(200, count)
      clock.advance(1000)
      const found = await listed()
      assert.equal(found.length, clientsKept)
      assert.ok(found.every(({ clientKey }) => Number(clientKey.slice(2)) >= 200))
      assert.ok(found.every(({ handedOut, ranOut }) => handedOut === 1 && ranOut === 1))
    } finally {
      await discard()
    }
  })
}
