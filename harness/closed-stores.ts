/** Stores whose data is looked at, damaged and repaired while they are closed. */
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Client } from 'pg'
import { ManualClock } from '../src/store/clock.ts'
import { Database } from '../src/store/postgres/connection/pool.ts'
import { verifyTables } from '../src/store/postgres/maintenance/verify.ts'
import { openPostgresStore } from '../src/store/postgres/open-store.ts'
import { openDatabase } from '../src/store/sqlite/file/database.ts'
import { databaseName } from '../src/store/sqlite/file/private-files.ts'
import { repairDatabase } from '../src/store/sqlite/maintenance/repair.ts'
import { verifyDatabase } from '../src/store/sqlite/maintenance/verify.ts'
import { openSqliteStore } from '../src/store/sqlite/store.ts'
import type { Store } from '../src/store/store.ts'
import { temporaryDatabaseParts, temporaryDirectory } from './server-process.ts'

/** A store that is closed while its data is damaged and repaired. */
export interface Place {
  readonly clock: ManualClock
  open(): Promise<Store>
  damage(sql: string): Promise<void>
  /** How many rows a table has. */
  count(table: string): Promise<number>
  /** Returns what was found before, what was changed, and what is found after that. */
  repair(): Promise<readonly [found: readonly string[], changed: readonly string[], left: readonly string[]]>
}

export async function sqlitePlace(t: TestContext): Promise<Place> {
  const clock = new ManualClock()
  const directory = await temporaryDirectory(t)
  const using = <Result>(work: (db: ReturnType<typeof openDatabase>) => Result): Result => {
    const db = openDatabase(join(directory, databaseName))
    try {
      return work(db)
    } finally {
      db.close()
    }
  }
  return {
    clock,
    open: () => openSqliteStore({ directory, clock }),
    damage: async (sql) => using((db) => db.exec(sql)),
    count: async (table) =>
      using((db) => Number(db.prepare(`SELECT count(*) AS count FROM ${table}`).get()!['count'])),
    repair: async () =>
      using((db) => {
        const verify = () => verifyDatabase(db, clock.wallMs()).findings.texts()
        return [verify(), repairDatabase(db, clock.wallMs()), verify()]
      }),
  }
}

export async function postgresPlace(t: TestContext): Promise<Place> {
  const clock = new ManualClock()
  const { url, schema } = await temporaryDatabaseParts(t)
  const using = async <Result>(work: (client: Client) => Promise<Result>): Promise<Result> => {
    const database = new Database({ url, schema, connectionsMax: 1, onProblem: () => {} })
    try {
      return await database.useWithoutTimeouts(work)
    } finally {
      await database.close()
    }
  }
  return {
    clock,
    open: () => openPostgresStore({ url, schema, clock }),
    damage: (sql) => using(async (client) => void (await client.query(sql))),
    count: (table) =>
      using(async (client) => {
        const { rows } = await client.query<{ count: number }>(`SELECT count(*) AS count FROM ${table}`)
        return Number(rows[0]!.count)
      }),
    repair: () =>
      using(async (client) => {
        const verify = (repair: boolean) => verifyTables(client, clock.wallMs(), repair)
        const found = (await verify(false)).findings.texts()
        const { repaired } = await verify(true)
        return [found, repaired, (await verify(false)).findings.texts()]
      }),
  }
}
