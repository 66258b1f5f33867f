import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { pino } from 'pino'
import { PostgresServer } from '../harness/postgres-server.ts'
import type { Closer } from '../src/app/closer.ts'
import { createServer } from '../src/index.ts'
import { Balancer } from './balancer.ts'
import { ServerProcess } from './server-process.ts'

/** The servers that the crawlers work with. */
export interface Servers {
  readonly baseUrl: string
  readonly token: string
  /** A description, one line for each server or database. */
  readonly description: readonly string[]
  /**
   * Kills one of several servers with SIGKILL and returns a sentence about it; null where there is only one.
   */
  readonly killOne: (() => Promise<string>) | null
}

interface ServersOptions {
  /** All files are written there. */
  readonly directory: string
  /** Called with every log line of a server. */
  readonly onLine: (line: string) => void
}

/** One server, in this process, on a file. */
export async function startOneServer(
  { directory, onLine }: ServersOptions,
  closer: Closer,
): Promise<Servers> {
  const server = await createServer(
    { port: 0, dataDirectory: join(directory, 'data') },
    { logger: pino({ level: 'warn' }, { write: (line: string) => onLine(`server: ${line.trimEnd()}`) }) },
  )
  closer.add('the server', () => server.close())
  const token = server.firstStart?.token
  if (token === undefined) throw new Error('A server on a new directory should have made a token.')
  const description = [`server    ${server.url}, data in ${directory}`]
  return { baseUrl: server.url, token, description, killOne: null }
}

/** Two server processes on their own PostgreSQL, behind a balancer. */
export async function startTwoServers(
  { directory, onLine }: ServersOptions,
  closer: Closer,
  signal: AbortSignal,
): Promise<Servers> {
  const database = await PostgresServer.start()
  closer.add('the database', () => database.discard())
  signal.throwIfAborted()
  const token = randomBytes(24).toString('base64url')
  const servers = [1, 2].map((number) => {
    const server = new ServerProcess({
      flags: [
        '--port',
        '0',
        '--store',
        database.url,
        '--data',
        join(directory, 'data'),
        '--log-level',
        'warn',
      ],
      environment: { HEADLOCK_TOKEN: token },
      onLine: (line) => onLine(`server ${number}: ${line}`),
    })
    closer.add(`server ${number}`, () => server.kill())
    return server
  })
  const urls = await Promise.all(servers.map((server) => server.ready))
  signal.throwIfAborted()
  const balancer = await Balancer.start(urls.map((url) => Number(new URL(url).port)))
  closer.add('the balancer', () => balancer.close())
  const pids = servers.map(({ pid }) => pid).join(', ')
  return {
    baseUrl: balancer.url,
    token,
    description: [
      `database  PostgreSQL at ${new URL(database.url).host}`,
      `servers   processes ${pids}: ${urls.join(' and ')}, behind a balancer at ${balancer.url}`,
    ],
    killOne: async () => {
      await servers[0]!.kill()
      return `server 1 was killed (SIGKILL); the crawlers continue with server 2`
    },
  }
}
