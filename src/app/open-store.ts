import { type ClockSource, clockOf, systemClock } from '../store/clock.ts'
import type { StoreShare } from '../store/sqlite/thread/messages.ts'
import type { Store } from '../store/store.ts'
import type { Config } from './config/config.ts'
import { openError, prepareDataDirectory } from './config/data-directory.ts'
import type { PostgresChoice } from './config/store-choice.ts'
import { postgresOpenError } from './postgres-open-error.ts'

/** A store, and the way for other threads of the process to it. */
export interface OpenedStore {
  readonly store: Store
  /** For one HTTP thread, to be given to `openThreadStore` there. */
  shareWithThread(): ThreadStore
}

/** What an HTTP thread needs for the same store: a share of the embedded one, or what opens its own on PostgreSQL. */
export type ThreadStore =
  | { readonly kind: 'sqlite'; readonly share: StoreShare }
  | {
      readonly kind: 'postgres'
      readonly choice: PostgresChoice
      readonly connectionsMax: number
      /** The clock to read; undefined for the system's. */
      readonly clock: SharedArrayBuffer | undefined
    }

export interface StoreEvents {
  /** Is told in words when something a store does of itself fails; it goes on, and tries again. */
  onProblem(problem: string): void
  /** Is told in words when what was acknowledged is less safe than it should be, because of how the database is set. */
  onRisk?(risk: string): void
  /** Is told in words when rights on what is kept were taken from other users of the machine. */
  onTightened?(what: string): void
  /** Is told when the store has failed for good; every call is refused from then on. */
  onFailure(error: Error): void
}

type StoreConfig = Pick<Config, 'store' | 'storeConnections' | 'dataDirectory' | 'threads'>

/** One for a call, one for what the store does of itself meanwhile. */
const threadConnectionsMin = 2

/**
 * Opens the store that the configuration names. The data directory is made for the embedded store alone.
 *
 * @throws Error that says which directory or database cannot be used, and what to do
 */
export async function openStore(
  config: StoreConfig,
  clock: ClockSource,
  events: StoreEvents,
): Promise<OpenedStore> {
  const { store: choice, dataDirectory } = config
  if (choice.kind === 'sqlite') return openSqlite(dataDirectory, clock, events)
  const { main, thread } = connectionShares(config)
  const store = await openPostgres(choice, main, clock, events)
  return {
    store,
    shareWithThread: () => ({ kind: 'postgres', choice, connectionsMax: thread, clock: clock.shared }),
  }
}

/**
 * The store of an HTTP thread, and the clock it goes by. Closing it leaves that of the main thread open.
 *
 * @throws Error as `openStore` does
 */
export async function openThreadStore(
  shared: ThreadStore,
  onProblem: StoreEvents['onProblem'],
): Promise<{ store: Store; clock: ClockSource }> {
  if (shared.kind === 'sqlite') {
    const { joinSqliteStore } = await import('../store/sqlite/store.ts')
    return { store: joinSqliteStore(shared.share), clock: clockOf(shared.share.clock) }
  }
  const clock = clockOf(shared.clock)
  return { store: await openPostgres(shared.choice, shared.connectionsMax, clock, { onProblem }), clock }
}

/**
 * How the connections of a process are shared. With several HTTP threads the main one keeps two, for upkeep, and the others
 * get equal parts of what is left, though no fewer than two each.
 */
export function connectionShares({
  storeConnections,
  threads,
}: Pick<Config, 'storeConnections' | 'threads'>): { readonly main: number; readonly thread: number } {
  if (threads === 1) return { main: storeConnections, thread: 0 }
  const left = storeConnections - threadConnectionsMin
  return { main: threadConnectionsMin, thread: Math.max(threadConnectionsMin, Math.floor(left / threads)) }
}

async function openSqlite(directory: string, clock: ClockSource, events: StoreEvents): Promise<OpenedStore> {
  prepareDataDirectory(directory)
  const { openSqliteStore } = await import('../store/sqlite/store.ts')
  try {
    const store = await openSqliteStore({ directory, clock, ...events })
    return { store, shareWithThread: () => ({ kind: 'sqlite', share: store.share() }) }
  } catch (cause) {
    throw openError(cause, directory)
  }
}

async function openPostgres(
  choice: PostgresChoice,
  connectionsMax: number,
  clock: ClockSource,
  { onProblem, onRisk }: Pick<StoreEvents, 'onProblem' | 'onRisk'>,
): Promise<Store> {
  // Loaded now: who keeps everything in a file has no use for the driver.
  const { openPostgresStore } = await import('../store/postgres/store.ts')
  const { url, schema } = choice
  // Without a clock of a test it is the database's that decides, the same for all servers.
  const manual = clock === systemClock ? {} : { clock }
  try {
    return await openPostgresStore({
      url,
      schema,
      connectionsMax,
      onProblem,
      ...(onRisk ? { onRisk } : {}),
      ...manual,
    })
  } catch (cause) {
    throw postgresOpenError(cause, choice)
  }
}
