/** The calls on very much data, and how the data is prepared. */
import type { Store } from '../../src/store/store.ts'
import type { RowsOptions } from '../fixtures/waits.ts'

const day = 86_400_000
const holder = { clientKey: 'holder', runId: null }
const other = { clientKey: 'other', runId: null }

export interface QueueById {
  readonly userId: string
  readonly queue: { readonly queueId: string }
}

export interface Case {
  readonly name: string
  readonly rows?: readonly Omit<RowsOptions, 'queueId'>[]
  run(store: Store, ask: QueueById, manyId: string): Promise<unknown>
}

const many = { desc: false, ownership: null, limit: 1000 } as const

export const cases: readonly Case[] = [
  {
    name: 'unlock 200,000',
    rows: [{ count: 200_000, what: 'locked' }],
    run: (store, ask) => store.unlockRequests({ ...ask, client: holder, hasClientKey: true }),
  },
  {
    name: 'unlock 300 of 1 MB',
    rows: [{ count: 300, what: 'locked', contentBytes: 1_000_000 }],
    run: (store, ask) => store.unlockRequests({ ...ask, client: holder, hasClientKey: true }),
  },
  {
    name: 'head/lock, 200,000 expired locks',
    rows: [{ count: 200_000, what: 'expired' }],
    run: (store, ask) => store.lockHead({ ...ask, client: other, limit: 25, lockMs: 60_000 }),
  },
  {
    name: 'head/lock of 25 of 9 MB',
    rows: [{ count: 30, what: 'pending', contentBytes: 9_000_000 }],
    run: (store, ask) => store.lockHead({ ...ask, client: other, limit: 25, lockMs: 60_000 }),
  },
  {
    name: 'head of 1,000, 200,000 locked before',
    rows: [
      { count: 200_000, what: 'locked' },
      { count: 2_000, what: 'pending' },
    ],
    run: (store, ask) => store.listHead({ ...ask, client: other, limit: 1000 }),
  },
  {
    name: 'head of long addresses, 60 MB',
    rows: [{ count: 100, what: 'pending', urlBytes: 400_000 }],
    run: (store, ask) => store.listHead({ ...ask, client: other, limit: 1000 }),
  },
  {
    name: 'list pending behind 1 million handled',
    rows: [
      { count: 1_000_000, what: 'handled', idPrefix: '0' },
      { count: 20_000, what: 'pending', idPrefix: 'z' },
    ],
    run: (store, ask) =>
      store.listRequests({ ...ask, client: other, limit: 1000, afterId: null, filter: ['pending'] }),
  },
  {
    name: 'list locked, 200,000',
    rows: [{ count: 200_000, what: 'locked' }],
    run: (store, ask) =>
      store.listRequests({ ...ask, client: other, limit: 10_000, afterId: null, filter: ['locked'] }),
  },
  {
    name: 'list, 30 small requests and 60 of 4 MB',
    rows: [
      { count: 30, what: 'pending', idPrefix: '00' },
      { count: 60, what: 'pending', idPrefix: '01', contentBytes: 4_000_000 },
    ],
    run: (store, ask) =>
      store.listRequests({ ...ask, client: other, limit: 1000, afterId: null, filter: null }),
  },
  {
    name: 'delete a queue of 500,000, and its purge',
    rows: [{ count: 500_000, what: 'pending' }],
    run: deleteQueue,
  },
  {
    name: 'delete a queue of 400 of 1 MB, and its purge',
    rows: [{ count: 400, what: 'pending', contentBytes: 1_000_000 }],
    run: deleteQueue,
  },
  {
    name: 'delete 25 requests of 9 MB',
    rows: [{ count: 25, what: 'pending', urlBytes: 22, contentBytes: 9_000_000 }],
    async run(store, ask) {
      const { items } = await store.listHead({ ...ask, client: other, limit: 25 })
      await store.deleteRequests({ ...ask, client: other, requestIds: items.map(({ id }) => id) })
    },
  },
  {
    name: 'list queues, the first 1,000 of 300,000',
    run: (store, _, userId) => store.listQueues({ userId, ...many, offset: 0, unnamed: true }),
  },
  {
    name: 'list queues, the last 1,000 of 300,000',
    run: (store, _, userId) => store.listQueues({ userId, ...many, offset: 299_000, unnamed: true }),
  },
  {
    name: 'list queues, the last named of 300,000',
    run: (store, _, userId) => store.listQueues({ userId, ...many, offset: 149_000, unnamed: false }),
  },
  {
    name: 'read 20,000 queues, and save the access times',
    async run(store, _, userId) {
      for (let offset = 0; offset < 20_000; offset += 1000) {
        const { items } = await store.listQueues({ userId, ...many, offset, unnamed: true })
        await Promise.all(
          items.map(({ id }) => store.listHead({ userId, queue: { queueId: id }, client: other, limit: 1 })),
        )
      }
      await new Promise((done) => setTimeout(done, 2500))
    },
  },
  { name: 'expire queues, none of 300,000', run: (store) => expireAll(store, 10 * day) },
  { name: 'expire queues, 150,000 of 300,000', run: (store) => expireAll(store, day, 20_000) },
]

async function deleteQueue(store: Store, ask: QueueById): Promise<void> {
  await store.deleteQueue(ask)
  await new Promise((done) => setTimeout(done, 4000))
}

/** At most so many. More would take long and show nothing new. */
async function expireAll(
  store: Store,
  retentionMs: number,
  most = Number.POSITIVE_INFINITY,
): Promise<number> {
  let expired = 0
  for (;;) {
    const some = await store.expireQueues({ retentionMs })
    expired += some
    if (some === 0 || expired >= most) return expired
  }
}
