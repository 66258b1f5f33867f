import { openPostgresStore } from '../../src/store/postgres/open-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { sqliteStepSize } from '../../src/store/steps/steps.ts'
import type { Store } from '../../src/store/store.ts'
import { type Ending, temporaryDatabaseParts, temporaryDirectory } from '../server-process.ts'

/** So small that a crash comes between two steps. */
const stepSize = { ...sqliteStepSize, requests: 3 }

/** A store with small steps, which a process of its own opens first, and the test after its crash. */
export type SteppedSite = Awaited<ReturnType<typeof sqliteSite>> | Awaited<ReturnType<typeof postgresSite>>

async function sqliteSite(t: Ending) {
  const options = { directory: await temporaryDirectory(t), stepSize }
  const open = (): Promise<Store> => openSqliteStore(options)
  return { store: { kind: 'sqlite' as const, options }, open }
}

async function postgresSite(t: Ending) {
  const options = { ...(await temporaryDatabaseParts(t)), stepSize }
  const open = (): Promise<Store> => openPostgresStore(options)
  return { store: { kind: 'postgres' as const, options }, open }
}

export const steppedSites = { sqlite: sqliteSite, postgres: postgresSite } as const

/** One on each store, by its name in the titles of tests. */
export const namedSteppedSites: readonly (readonly [
  kind: string,
  siteFor: (t: Ending) => Promise<SteppedSite>,
])[] = [
  ['the embedded store', sqliteSite],
  ['PostgreSQL', postgresSite],
]
