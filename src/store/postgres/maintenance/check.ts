import type { PostgresClock } from '../clock.ts'
import type { Database } from '../connection/pool.ts'
import { verifyTables } from './verify.ts'

/** Walks everything and lists what contradicts itself: for tests, while servers run or not. */
export async function check(database: Database, clock: PostgresClock): Promise<string[]> {
  const { findings, unreadable } = await database.useUnhurried((client) =>
    verifyTables(client, clock.wallValue),
  )
  return [...findings.texts(), ...unreadable.texts()]
}
