/** Opens stores for tests, each empty and on a clock of its own. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPostgresStore, type PostgresOptions } from '../src/store/postgres/open-store.ts'
import { openSqliteStore, type SqliteOptions } from '../src/store/sqlite/store.ts'
import type { StepSize } from '../src/store/steps/steps.ts'
import type { Store } from '../src/store/store.ts'
import { MemoryStore } from './oracle/memory-store.ts'
import { leaveSchema, takeSchema } from './postgres-schemas.ts'
import { TestClock } from './test-clock.ts'
import { testPostgresUrl } from './test-postgres.ts'

export interface TestStore {
  readonly store: Store
  readonly clock: TestClock
  /** Closes the store and opens it again on its data. Null for a store that keeps nothing. */
  readonly reopen: (() => Promise<Store>) | null
  /** Closes the open store and removes its data, or clears it for another test. */
  discard(): Promise<void>
  /** Closes the open store and removes its data, after a test that failed. Without it, `discard` does. */
  readonly destroy?: () => Promise<void>
}

export type OpenTestStore = () => Promise<TestStore>

export async function openMemoryStore(stepSize?: StepSize): Promise<TestStore> {
  const clock = new TestClock()
  const store = new MemoryStore(clock, stepSize?.requests, undefined, true)
  return { store, clock, reopen: null, discard: () => store.close() }
}

/** The embedded store. */
export function openTemporarySqliteStore(stepSize?: StepSize): Promise<TestStore> {
  return temporarySqliteStore((options) => openSqliteStore(withSteps(options, stepSize)))
}

/** In a new temporary directory. */
export async function temporarySqliteStore(
  open: (options: SqliteOptions) => Promise<Store>,
): Promise<TestStore> {
  const clock = new TestClock()
  const directory = await mkdtemp(join(tmpdir(), 'headlock-test-'))
  const first = await open({ directory, clock })
  let latest: Store = first
  return {
    store: first,
    clock,
    async reopen() {
      await latest.close()
      latest = await open({ directory, clock })
      return latest
    },
    async discard() {
      await latest.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** The PostgreSQL store, on the PostgreSQL of the tests. */
export function openTemporaryPostgresStore(stepSize?: StepSize): Promise<TestStore> {
  return temporaryPostgresStore((options) => openPostgresStore(withSteps(options, stepSize)))
}

function withSteps<Options extends { readonly stepSize?: StepSize }>(
  options: Options,
  stepSize: StepSize | undefined,
): Options {
  return stepSize === undefined ? options : { ...options, stepSize }
}

/** In an empty schema that no other test uses meanwhile. */
export async function temporaryPostgresStore(
  open: (options: PostgresOptions) => Promise<Store>,
): Promise<TestStore> {
  const clock = new TestClock()
  const url = await testPostgresUrl()
  const schema = await takeSchema(url)
  const options = { url, schema, clock, connectionsMax: 4 }
  const first = await open(options)
  let latest: Store = first
  return {
    store: first,
    clock,
    async reopen() {
      await latest.close()
      latest = await open(options)
      return latest
    },
    async discard() {
      await latest.close()
      await leaveSchema(url, schema)
    },
  }
}
