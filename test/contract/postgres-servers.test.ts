/** The contract again, with calls spread over two stores on one database, as two servers have them. */

import { spread } from '../../harness/spread.ts'
import { temporaryPostgresStore } from '../../harness/stores.ts'
import { openPostgresStore, type PostgresOptions } from '../../src/store/postgres/open-store.ts'
import type { Store } from '../../src/store/store.ts'
import { describeStore } from './store-contract.ts'

describeStore('postgres, calls over two servers', () => temporaryPostgresStore(openSpread))

async function openSpread(options: PostgresOptions): Promise<Store> {
  const stores = [await openPostgresStore(options), await openPostgresStore(options)]
  const close = async () => {
    for (const store of stores) await store.close()
  }
  const spreadStore = spread(stores, close)
  const afterSave = <Method extends keyof Store>(method: Method) => {
    const call = spreadStore[method] as (ask: never) => Promise<unknown>
    return async (ask: never) => {
      await saveReads(stores)
      return call(ask)
    }
  }
  const looks = [
    'getQueue',
    'listQueues',
    'getRequest',
    'expireQueues',
    'figures',
    'serverFigures',
    'listClients',
    'listOverviews',
    'changedOverviews',
    // Locks of a deleted queue that another server has not saved end up to a second early in the figures of the server.
    'deleteQueue',
  ] as const
  return {
    ...spreadStore,
    ...(Object.fromEntries(looks.map((name) => [name, afterSave(name)])) as Partial<Store>),
  }
}

/**
 * What one server knows of reads reaches the others within a second (promise 2 of the store). Here at once: looking for
 * queues to expire begins with it, and none has been left alone for so long.
 */
async function saveReads(stores: readonly Store[]): Promise<void> {
  for (const store of stores) await store.expireQueues({ retentionMs: 1e12 })
}
