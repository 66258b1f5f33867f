import { OperatorError, UsageError } from '../../domain/operator-error.ts'
import type { FigureShare } from '../../figures/figures.ts'
import { type ClockSource, clockOf, systemClock } from '../../store/clock.ts'
import type { CopySource, CopyTarget } from '../../store/copy/ends.ts'
import { nameOf } from '../../store/copy/postgres-address.ts'
import type { VerifyReport } from '../../store/maintenance/verify-report.ts'
import type { Accounts, Store } from '../../store/store.ts'
import type { Config } from '../config/config.ts'
import { maskedUrl, type PostgresChoice, postgresPlace } from '../config/store-choice.ts'
import type { RestoreReport } from '../maintenance/restore.ts'
import type {
  CopyOptions,
  OpenedStore,
  OpenOptions,
  StoreDriver,
  StoreEvents,
  VerifyOptions,
  WayToStore,
} from './driver.ts'
import { postgresOpenError } from './postgres-open-error.ts'

/** One connection for a call, and one for background work of the store at the same time. */
const threadConnectionsMin = 2

/** The driver of a schema in a PostgreSQL database, which many servers may share. */
export class PostgresDriver implements StoreDriver {
  readonly #choice: PostgresChoice
  /**
   * Calls wait for the database, so their bodies live long enough to fill a small heap. Collecting a small heap again and
   * again took two fifths of the processor time of batch adds.
   */
  readonly memoryFlags = ['--heap-growing-percent=0']

  constructor(choice: PostgresChoice) {
    this.#choice = choice
  }

  get place(): string {
    return postgresPlace(this.#choice)
  }

  get address(): string {
    return nameOf(this.#choice)
  }

  get identity(): string {
    const { hostname, port, pathname } = new URL(this.#choice.url)
    return `postgres://${hostname}:${port || '5432'}${pathname}?schema=${this.#choice.schema}`
  }

  get flag() {
    return { name: '--store', value: maskedUrl(this.#choice) }
  }

  async open({ clock, events, figures, ...shared }: OpenOptions): Promise<OpenedStore> {
    const { main, thread } = connectionShares(shared)
    const choice = this.#choice
    const store = await openStore(choice, main, clock, figures.main, events)
    return {
      store,
      shareWithThread: () => ({
        way: { kind: 'postgres', choice, connectionsMax: thread, clock: clock.shared },
        transfer: [],
      }),
    }
  }

  async openAccounts(): Promise<Accounts> {
    return openStore(this.#choice, 1, systemClock, undefined, { onProblem: () => {} })
  }

  /** Servers may run meanwhile, also during a repair. */
  async verify({ repair, onProgress }: VerifyOptions): Promise<VerifyReport> {
    const { verifyPostgres } = await import('../../store/postgres/maintenance/verify.ts')
    const { url, schema } = this.#choice
    return this.#explained(() => verifyPostgres({ url, schema, repair, onProgress }))
  }

  async migrate(): Promise<number> {
    const { migratePostgres } = await import('../../store/postgres/open-store.ts')
    const { url, schema } = this.#choice
    return this.#explained(() => migratePostgres({ url, schema }))
  }

  async backUp(): Promise<number> {
    throw useItsOwnTools('backup', 'pg_dump')
  }

  async restore(): Promise<RestoreReport> {
    throw useItsOwnTools('restore', 'pg_restore')
  }

  async openSource({ stepSize }: CopyOptions = {}): Promise<CopySource> {
    const { openPostgresSource } = await import('../../store/copy/postgres-source.ts')
    return namedBy('--from', openPostgresSource(this.#choice, stepSize))
  }

  async openTarget(): Promise<CopyTarget> {
    const { openPostgresTarget } = await import('../../store/copy/postgres-target.ts')
    return namedBy('--to', openPostgresTarget(this.#choice))
  }

  async #explained<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (cause) {
      throw postgresOpenError(cause, this.#choice)
    }
  }
}

/** Opens a store with its own connections, in an HTTP thread. */
export async function openPostgresThread(
  way: WayToStore & { kind: 'postgres' },
  onProblem: StoreEvents['onProblem'],
  figures: FigureShare,
): Promise<{ store: Store; clock: ClockSource }> {
  const clock = clockOf(way.clock)
  const store = await openStore(way.choice, way.connectionsMax, clock, figures, { onProblem })
  return { store, clock }
}

/**
 * Divides the connections of a process among its threads. With several HTTP threads, the main thread keeps two for upkeep.
 * The HTTP threads share the rest equally, and each gets at least two.
 */
export function connectionShares({
  storeConnections,
  threads,
}: Pick<Config, 'storeConnections' | 'threads'>): { readonly main: number; readonly thread: number } {
  if (threads === 1) return { main: storeConnections, thread: 0 }
  const left = storeConnections - threadConnectionsMin
  return { main: threadConnectionsMin, thread: Math.max(threadConnectionsMin, Math.floor(left / threads)) }
}

async function openStore(
  choice: PostgresChoice,
  connectionsMax: number,
  clock: ClockSource,
  figures: FigureShare | undefined,
  { onProblem, onRisk }: Pick<StoreEvents, 'onProblem' | 'onRisk'>,
): Promise<Store> {
  const { openPostgresStore } = await import('../../store/postgres/open-store.ts')
  const { url, schema } = choice
  // Outside tests, time is the database's clock: it is the same for all servers.
  const manual = clock === systemClock ? {} : { clock }
  const counting = figures === undefined ? {} : { figures }
  const risks = onRisk === undefined ? {} : { onRisk }
  try {
    return await openPostgresStore({
      url,
      schema,
      connectionsMax,
      onProblem,
      ...counting,
      ...risks,
      ...manual,
    })
  } catch (cause) {
    throw postgresOpenError(cause, choice)
  }
}

function useItsOwnTools(command: string, tool: string): UsageError {
  return new UsageError(
    `"headlock ${command}" works on the data directory of the embedded store, but HEADLOCK_STORE names a PostgreSQL database.`,
    `Use the tools of PostgreSQL instead, such as ${tool}.`,
  )
}

/** Puts the flag of a copy into the advice of an error: a server names its database by another flag. */
async function namedBy<Result>(flag: string, opened: Promise<Result>): Promise<Result> {
  try {
    return await opened
  } catch (error) {
    throw error instanceof OperatorError ? error.withFlag(flag) : error
  }
}
