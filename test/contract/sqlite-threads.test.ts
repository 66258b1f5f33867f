/** The contract again, with calls spread over three ways into one store, as threads that answer calls have them. */

import { spread } from '../../harness/spread.ts'
import { temporarySqliteStore } from '../../harness/stores.ts'
import { joinSqliteStore, openSqliteStore, type SqliteOptions } from '../../src/store/sqlite/store.ts'
import type { Store } from '../../src/store/store.ts'
import { describeStore } from './store-contract.ts'

describeStore('sqlite, calls over three ports', () => temporarySqliteStore(openSpread))

async function openSpread(options: SqliteOptions): Promise<Store> {
  const first = await openSqliteStore(options)
  const joined = [joinSqliteStore(first.share()), joinSqliteStore(first.share())]
  return spread([first, ...joined], async () => {
    for (const store of joined) await store.close()
    await first.close()
  })
}
