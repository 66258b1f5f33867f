/** The contract again, with calls spread over three ways into one store, as threads that answer calls have them. */
import { joinSqliteStore, openSqliteStore, type SqliteOptions } from '../../src/store/sqlite/store.ts'
import type { Store } from '../../src/store/store.ts'
import { temporarySqliteStore } from '../support/stores.ts'
import { describeStore } from './store-contract.ts'

describeStore('sqlite, calls over three ports', () => temporarySqliteStore(openSpread))

async function openSpread(options: SqliteOptions): Promise<Store> {
  const first = await openSqliteStore(options)
  const joined = [joinSqliteStore(first.share()), joinSqliteStore(first.share())]
  const ways: readonly Store[] = [first, ...joined]
  let turn = 0
  const spread = Object.keys(first).map((name) => {
    const method = name as keyof Store
    return [method, (ask: never) => ways[turn++ % ways.length]![method](ask)]
  })
  const close = async () => {
    for (const store of joined) await store.close()
    await first.close()
  }
  // Each method calls the one of the same name.
  return { ...(Object.fromEntries(spread) as Store), close }
}
