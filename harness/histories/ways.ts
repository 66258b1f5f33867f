/** The stores that histories are played on: one way in or several, as servers and threads have them. */
import { openPostgresStore, type PostgresOptions } from '../../src/store/postgres/store.ts'
import { joinSqliteStore, openSqliteStore, type SqliteOptions } from '../../src/store/sqlite/store.ts'
import type { Store } from '../../src/store/store.ts'
import { temporaryPostgresStore, temporarySqliteStore } from '../stores.ts'
import type { Ways } from './workload.ts'

export interface OpenedWays extends Ways {
  discard(): Promise<void>
}

/** @param count so many threads, each with a way of its own to the one that writes */
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
 * @param count so many servers on one database. With several the clock only moves while no call is under way: the time that
 * tests give is taken by the server when it asks the database, while the true one is the database's own, taken when the
 * call has the queue for itself; one server that asks late would otherwise be behind another.
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
