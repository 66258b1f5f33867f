/**
 * The HTTP server for tests. Starting one costs more than all calls of a test, with several threads many times more.
 * So tests of a file that want the same settings have the same server, one after the other. Between two of them
 * everything that one could leave to the next is taken away (clear-store.ts). The time and the figures of the server go
 * on: a test that needs those from their beginning asks for a new server.
 */
import { after } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { tokenHashOf } from '../src/domain/token.ts'
import type { ManualClock } from '../src/store/clock.ts'
import type { Store } from '../src/store/store.ts'
import { clearStore } from './clear-store.ts'
import { type ServerSettings, type StartedServer, startNewServer } from './started-server.ts'

export { testStoreKind, testThreads } from './started-server.ts'

export interface TestServerOptions extends ServerSettings {
  /** No other test has the server, before or after. */
  readonly isNew?: boolean
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

/** The servers that no test has at the moment, by their settings. */
const idle = new Map<string, StartedServer[]>()
let isOver = false

after(async () => {
  isOver = true
  for (const server of [...idle.values()].flat()) await server.close()
})

export async function startTestServer({ isNew, ...settings }: TestServerOptions = {}): Promise<TestServer> {
  const key = isNew ? null : keyOf(settings)
  const started = (key === null ? undefined : idle.get(key)?.pop()) ?? (await startNewServer(settings))
  const { store, clock } = started.opened
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
  return {
    url: started.url,
    port: started.port,
    get app(): FastifyInstance {
      if (started.app !== null) return started.app
      throw new Error('the Fastify instance is not available with several threads')
    },
    token,
    userId,
    store,
    clock,
    createToken,
    close: () => (key === null || isOver ? started.close() : takeBack(key, started)),
  }
}

/** Null for settings that are about one test: they keep something, or hold calls. */
function keyOf(settings: ServerSettings): string | null {
  const { tls, logger, around } = settings
  return tls === undefined && logger === undefined && around === undefined ? JSON.stringify(settings) : null
}

async function takeBack(key: string, started: StartedServer): Promise<void> {
  const { store, clock } = started.opened
  const isStopped = started.app?.server.listening === false
  if (clock.wasSet || isStopped) return started.close()
  try {
    await clearStore(store, clock)
  } catch (error) {
    await started.close()
    throw error
  }
  idle.set(key, [...(idle.get(key) ?? []), started])
}
