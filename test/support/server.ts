/** The HTTP server as production runs it, on a port of its own, over a store of its own. */
import { hash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { type Logger, pino } from 'pino'
import { buildServer, type HttpOptions } from '../../src/http/server.ts'
import type { ManualClock } from '../../src/store/clock.ts'
import type { Store } from '../../src/store/store.ts'
import { type OpenTestStore, openTemporarySqliteStore } from './stores.ts'

export interface TestServerOptions {
  readonly openStore?: OpenTestStore
  readonly rateLimits?: HttpOptions['rateLimits']
  readonly publicUrl?: string
  readonly logger?: Logger
  /** What the server is given in place of the store, for a test that wants to hold one of its calls. */
  readonly around?: (store: Store) => Store
}

export interface TestServer {
  /** Without a slash at the end. */
  readonly url: string
  readonly port: number
  readonly app: FastifyInstance
  /** Of the user `tester`, and allowed everything. */
  readonly token: string
  readonly userId: string
  readonly store: Store
  /** Moves the store's time and the server's. */
  readonly clock: ManualClock
  /** Another token of the same user. */
  createToken(traits?: { readOnly?: boolean; runId?: string }): Promise<{ token: string; id: string }>
  close(): Promise<void>
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { openStore = openTemporarySqliteStore, rateLimits = 'off', publicUrl = null, around } = options
  const { logger = pino({ level: 'silent' }) } = options
  const { store, clock, discard } = await openStore()
  const { id: userId } = await store.ensureUser({ username: 'tester' })
  let tokens = 0

  async function createToken(traits: { readOnly?: boolean; runId?: string } = {}) {
    tokens += 1
    const token = `test-token-${tokens}`
    const tokenHash = hash('sha256', token, 'hex')
    const { readOnly = false, runId = null } = traits
    const { id } = await store.createToken({ userId, tokenHash, label: null, runId, readOnly })
    return { token, id }
  }

  const { token } = await createToken()
  const httpOptions = { rateLimits, publicUrl, version: '0.0.0', now: () => clock.monotonicMs() }
  const app = await buildServer({ store: around?.(store) ?? store, options: httpOptions, logger })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    url,
    port: Number(new URL(url).port),
    app,
    token,
    userId,
    store,
    clock,
    createToken,
    async close() {
      const closed = app.close()
      // Connections that clients keep open for their next call; no call is in flight when a test ends.
      app.server.closeAllConnections()
      await closed
      await discard()
    },
  }
}
