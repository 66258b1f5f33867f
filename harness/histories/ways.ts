/**
 * Opens the stores for histories, each with one or several handles to the same data, as threads and servers
 * have them.
 */
import { openPostgresStore, type PostgresOptions } from '../../src/store/postgres/open-store.ts'
import { joinSqliteStore, openSqliteStore, type SqliteOptions } from '../../src/store/sqlite/store.ts'
import type { Store } from '../../src/store/store.ts'
import { temporaryPostgresStore, temporarySqliteStore } from '../stores.ts'
import type { Ways } from './workload.ts'

export interface OpenedWays extends Ways {
  discard(): Promise<void>
}

/** @param count number of threads, each with its own handle to the storage thread */
export async function openSqliteWays(count: number): Promise<OpenedWays> {
  const ways: Store[] = []
  const opened = await temporarySqliteStore(async (options: SqliteOptions) => {
    const first = await openSqliteStore(options)
    ways.push(first, ...Array.from({ length: count - 1 }, () => joinSqliteStore(first.share())))
    return first
  })
  return {
    stores: ways,
    clock: opened.clock,
    movesClockMeanwhile: true,
    async discard() {
      for (const joined of ways.slice(1)) await joined.close()
      await opened.discard()
    },
  }
}

/**
 * @param count number of servers on one database. With several, the clock moves only while no call is under
 *   way. A server takes the time of the test when it asks the database for the time, while the real time is
 *   taken by the database when the call holds the queue. A server that asks late would otherwise be behind
 *   another.
 */
export async function openPostgresWays(count: number): Promise<OpenedWays> {
  const ways: Store[] = []
  const opened = await temporaryPostgresStore(async (options: PostgresOptions) => {
    for (let index = 0; index < count; index++) ways.push(await openPostgresStore(options))
    return ways[0]!
  })
  return {
    stores: ways,
    clock: opened.clock,
    movesClockMeanwhile: count === 1,
    async discard() {
      for (const other of ways.slice(1)) await other.close()
      await opened.discard()
    },
  }
}
