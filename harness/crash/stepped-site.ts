import type { TestContext } from 'node:test'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { sqliteStepSize } from '../../src/store/steps/steps.ts'
import type { Store } from '../../src/store/store.ts'
import { temporaryDatabaseParts, temporaryDirectory } from '../server-process.ts'

/** So small that a crash comes between two steps. */
const stepSize = { ...sqliteStepSize, requests: 3 }

/** A store with small steps, which a process of its own opens first, and the test after its crash. */
export type SteppedSite = Awaited<ReturnType<typeof sqliteSite>> | Awaited<ReturnType<typeof postgresSite>>

async function sqliteSite(t: TestContext) {
  const options = { directory: await temporaryDirectory(t), stepSize }
  const open = (): Promise<Store> => openSqliteStore(options)
  return { store: { kind: 'sqlite' as const, options }, open }
}

async function postgresSite(t: TestContext) {
  const options = { ...(await temporaryDatabaseParts(t)), stepSize }
  const open = (): Promise<Store> => openPostgresStore(options)
  return { store: { kind: 'postgres' as const, options }, open }
}

/** One on each store, by its name in the titles of tests. */
export const steppedSites: readonly (readonly [kind: string, (t: TestContext) => Promise<SteppedSite>])[] = [
  ['the embedded store', sqliteSite],
  ['PostgreSQL', postgresSite],
]
