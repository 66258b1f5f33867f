import type { PostgresClock } from '../clock.ts'
import type { Database } from '../connection/pool.ts'
import { verifyTables } from './verify.ts'

/** Checks all tables and lists every contradiction. For tests. Servers may be running. */
export async function check(database: Database, clock: PostgresClock): Promise<string[]> {
  const { findings, unreadable } = await database.useWithoutTimeouts((client) =>
    verifyTables(client, clock.wallValue),
  )
  return [...findings.texts(), ...unreadable.texts()]
}
