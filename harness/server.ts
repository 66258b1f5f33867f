/** The HTTP server as in production, on a port of its own and with a store of its own. */
import type { FastifyInstance } from 'fastify'
import { type Logger, pino } from 'pino'
import { defaultConfig } from '../src/app/config/read-config.ts'
import type { ThreadStore } from '../src/app/drivers/driver.ts'
import { FigureShares } from '../src/app/threads/figure-shares.ts'
import { startHttpThreads } from '../src/app/threads/http-threads.ts'
import { tokenHashOf } from '../src/domain/token.ts'
import type { HttpOptions } from '../src/http/app.ts'
import { type BrowserOptions, defaultBrowserOptions } from '../src/http/browsers/browser-options.ts'
import { buildServer } from '../src/http/server.ts'
import type { ManualClock } from '../src/store/clock.ts'
import { openPostgresStore, type PostgresOptions } from '../src/store/postgres/open-store.ts'
import { openSqliteStore, type SqliteStore } from '../src/store/sqlite/store.ts'
import type { Store } from '../src/store/store.ts'
import { type TestStore, temporaryPostgresStore, temporarySqliteStore } from './stores.ts'

export interface TestServerOptions {
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

export interface TestServer {
  /** Without a trailing slash. */
  readonly url: string
  readonly port: number
  /** The Fastify instance, with one thread only. */
  readonly app: FastifyInstance
  /** The token of the user `tester`, with all rights. */
  readonly token: string
  readonly userId: string
  readonly store: Store
  /** Moves the time of the store and of the server. */
  readonly clock: ManualClock
  /** Creates another token of the same user. */
  createToken(traits?: { readOnly?: boolean; runId?: string }): Promise<{ token: string; id: string }>
  close(): Promise<void>
}

/**
 * The number of HTTP threads. Test files that repeat the tests of other files with more threads set it before
 * they load those.
 */
const testThreads = Number(process.env['HEADLOCK_TEST_THREADS'] ?? 1)
/** `sqlite` or `postgres`, set in the same way. */
export const testStoreKind = process.env['HEADLOCK_TEST_STORE'] ?? 'sqlite'

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { rateLimits = 'off', publicUrl = null, trustedProxies = null, tls, around } = options
  const { hasRouteTable, admission, streamsMax } = options
  const { logger = pino({ level: 'silent' }) } = options
  const { store, clock, discard, shareWithThread } = await openStore()
  const { id: userId } = await store.ensureUser({ username: 'tester' })
  let tokens = 0

  async function createToken(traits: { readOnly?: boolean; runId?: string } = {}) {
    tokens += 1
    const token = `test-token-${tokens}`
    const tokenHash = tokenHashOf(token)
    const { readOnly = false, runId = null } = traits
    const { id } = await store.createToken({ userId, tokenHash, label: null, runId, readOnly })
    return { token, id }
  }

  const { token } = await createToken()
  const browsers = { ...defaultBrowserOptions(), ...options.browsers }
  const httpOptions = {
    rateLimits,
    publicUrl,
    trustedProxies,
    browsers,
    tls,
    hasRouteTable,
    admission,
    streamsMax,
    version: '0.0.0',
    now: () => clock.monotonicMs(),
    wallMs: () => clock.wallMs(),
  }
  const common = { token, userId, store, clock, createToken }

  // Other threads can only join an unwrapped store.
  if (testThreads > 1 && around === undefined) {
    const config = {
      ...defaultConfig(),
      port: 0,
      threads: testThreads,
      rateLimits,
      publicUrl,
      trustedProxies,
    }
    const figures = new FigureShares(testThreads)
    const threads = await startHttpThreads(config, shareWithThread, figures, logger, clock.wallMs())
    return {
      ...common,
      url: `http://127.0.0.1:${threads.port}`,
      port: threads.port,
      get app(): FastifyInstance {
        throw new Error('the Fastify instance is not available with several threads')
      },
      async close() {
        await threads.close()
        await discard()
      },
    }
  }

  const app = await buildServer({ store: around?.(store) ?? store, options: httpOptions, logger })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    ...common,
    url,
    port: Number(new URL(url).port),
    app,
    async close() {
      const closed = app.close()
      // Closes idle keep-alive connections. No call is in flight when a test ends.
      app.server.closeAllConnections()
      await closed
      await discard()
    },
  }
}

interface OpenedTestStore extends TestStore {
  shareWithThread(): ThreadStore
}

function openStore(): Promise<OpenedTestStore> {
  return testStoreKind === 'postgres' ? openPostgres() : openSqlite()
}

async function openSqlite(): Promise<OpenedTestStore> {
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

async function openPostgres(): Promise<OpenedTestStore> {
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
