/** A watch of a queue that begins while another call changes the queue (13.14). */
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { content, TestQueue } from '../../harness/conversation.ts'
import {
  type OpenTestStore,
  openTemporaryPostgresStore,
  openTemporarySqliteStore,
} from '../../harness/stores.ts'

const rounds = 20
/** So many that their transaction is still going on when the watch begins. */
const requestCount = 500

const stores: readonly (readonly [name: string, open: OpenTestStore])[] = [
  ['sqlite', openTemporarySqliteStore],
  ['postgres', openTemporaryPostgresStore],
]

for (const [name, open] of stores) {
  test(`13.14 ${name}: a change is visible when a watch has begun, or is told later`, {
    timeout: 30_000,
  }, async (t) => {
    const { store, discard } = await open()
    t.after(discard)
    const { id: userId } = await store.ensureUser({ username: 'headlock' })
    for (let round = 0; round < rounds; round++) {
      const { queue } = await store.getOrCreateQueue({ userId, name: null })
      const { queue: address } = new TestQueue(store, userId, { queueId: queue.id })
      const requests = Array.from({ length: requestCount }, (_, n) => content(`page-${n}`))
      const client = { clientKey: 'filler', runId: null }
      const adding = store.addRequests({ userId, queue: address, client, requests, side: 'end' })
      // More turns of the event loop in each round, so that watches begin early and late in the transaction.
      for (let turn = 0; turn < round * 5; turn++) await setImmediate()
      const told = Promise.withResolvers<void>()
      const end = await store.watchQueue({ queueId: queue.id, changed: () => told.resolve() })
      const inMs = await store.whenAvailable({ userId, queue: address })
      await adding
      // Hangs if nobody tells.
      if (inMs !== 0) await told.promise
      end()
    }
  })
}
