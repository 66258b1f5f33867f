/** Starts the HTTP server as in production, on a port of its own and with a store of its own. */
import type { FastifyInstance } from 'fastify'
import { type Logger, pino } from 'pino'
import { defaultConfig } from '../src/app/config/read-config.ts'
import type { ThreadStore } from '../src/app/drivers/driver.ts'
import { FigureShares } from '../src/app/threads/figure-shares.ts'
import { startHttpThreads } from '../src/app/threads/http-threads.ts'
import type { HttpOptions } from '../src/http/app.ts'
import { type BrowserOptions, defaultBrowserOptions } from '../src/http/browsers/browser-options.ts'
import { buildServer } from '../src/http/server.ts'
import { openPostgresStore, type PostgresOptions } from '../src/store/postgres/open-store.ts'
import { openSqliteStore, type SqliteStore } from '../src/store/sqlite/store.ts'
import type { Store } from '../src/store/store.ts'
import { type TestStore, temporaryPostgresStore, temporarySqliteStore } from './stores.ts'

export interface ServerSettings {
  readonly rateLimits?: HttpOptions['rateLimits']
  readonly publicUrl?: string
  readonly trustedProxies?: readonly string[]
  /** The server speaks HTTPS with these settings, with one thread only. `url` cannot be used then. */
  readonly tls?: HttpOptions['tls']
  readonly logger?: Logger
  /** Browser settings that differ from `defaultBrowserOptions`. */
  readonly browsers?: Partial<BrowserOptions>
  /** Whether plain calls of the hot routes skip Fastify. Default: as in production. */
  readonly hasRouteTable?: boolean
  readonly admission?: HttpOptions['admission']
  readonly streamsMax?: number
  /** Wraps the store, for tests that need to hold one of its calls. */
  readonly around?: (store: Store) => Store
}

export interface StartedServer {
  readonly opened: TestStore
  readonly url: string
  readonly port: number
  /** Null with several threads. */
  readonly app: FastifyInstance | null
  close(): Promise<void>
}

/**
 * The number of HTTP threads. Test files that repeat the tests of other files with more threads set it before
 * they load those.
 */
export const testThreads = Number(process.env['HEADLOCK_TEST_THREADS'] ?? 1)
/** `sqlite` or `postgres`, set in the same way. */
export const testStoreKind = process.env['HEADLOCK_TEST_STORE'] ?? 'sqlite'

export function startNewServer(settings: ServerSettings): Promise<StartedServer> {
  // Other threads can only join an unwrapped store.
  return testThreads > 1 && settings.around === undefined ? startThreads(settings) : startOne(settings)
}

async function startThreads(settings: ServerSettings): Promise<StartedServer> {
  const { rateLimits = 'off', publicUrl = null, trustedProxies = null, logger = silent() } = settings
  const opened = await openStore()
  const { clock, shareWithThread } = opened
  const config = { ...defaultConfig(), port: 0, threads: testThreads, rateLimits, publicUrl, trustedProxies }
  const figures = new FigureShares(testThreads)
  const threads = await startHttpThreads(config, shareWithThread, figures, logger, clock.wallMs())
  return {
    opened,
    url: `http://127.0.0.1:${threads.port}`,
    port: threads.port,
    app: null,
    async close() {
      await threads.close()
      await opened.discard()
    },
  }
}

async function startOne(settings: ServerSettings): Promise<StartedServer> {
  const { rateLimits = 'off', publicUrl = null, trustedProxies = null, logger = silent() } = settings
  const { tls, hasRouteTable, admission, streamsMax } = settings
  const opened = await openStore()
  const { store, clock } = opened
  const options = {
    rateLimits,
    publicUrl,
    trustedProxies,
    browsers: { ...defaultBrowserOptions(), ...settings.browsers },
    tls,
    hasRouteTable,
    admission,
    streamsMax,
    version: '0.0.0',
    now: () => clock.monotonicMs(),
    wallMs: () => clock.wallMs(),
  }
  const app = await buildServer({ store: settings.around?.(store) ?? store, options, logger })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    opened,
    url,
    port: Number(new URL(url).port),
    app,
    async close() {
      const closed = app.close()
      // Closes idle keep-alive connections. No call is in flight when a test ends.
      app.server.closeAllConnections()
      await closed
      await opened.discard()
    },
  }
}

function silent(): Logger {
  return pino({ level: 'silent' })
}

/** A store that other threads can join. */
interface SharedTestStore extends TestStore {
  shareWithThread(): ThreadStore
}

function openStore(): Promise<SharedTestStore> {
  return testStoreKind === 'postgres' ? openPostgres() : openSqlite()
}

async function openSqlite(): Promise<SharedTestStore> {
  let opened: SqliteStore | undefined
  const testStore = await temporarySqliteStore(async (options) => {
    opened = await openSqliteStore(options)
    return opened
  })
  return {
    ...testStore,
    shareWithThread() {
      const share = opened!.share()
      return { way: { kind: 'sqlite', share }, transfer: [share.port] }
    },
  }
}

async function openPostgres(): Promise<SharedTestStore> {
  let used: PostgresOptions | undefined
  const testStore = await temporaryPostgresStore((options) => {
    used = options
    return openPostgresStore(options)
  })
  const { url, schema, connectionsMax } = used as Required<PostgresOptions>
  return {
    ...testStore,
    shareWithThread: () => ({
      way: {
        kind: 'postgres',
        choice: { kind: 'postgres', url, schema },
        connectionsMax,
        clock: testStore.clock.shared,
      },
      transfer: [],
    }),
  }
}
