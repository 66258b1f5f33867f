/** A server on a store that is filled before it starts. */
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { PostgresServer } from '../../harness/postgres-server.ts'
import { openWriter } from '../../src/store/sqlite/file/database.ts'
import { databaseName } from '../../src/store/sqlite/file/private-files.ts'
import { fillPostgres, fillSqlite, type QueueToFill } from '../fixtures/insight.ts'
import { thisBuild } from '../processes/build.ts'
import { type Ready, ServerProcess } from '../processes/server-process.ts'
import { baseDirectory } from '../rounds/base-directory.ts'

export interface Place {
  /** Starts the server, or starts it again. */
  start(): Promise<Ready>
  /** No server may run. */
  fill(queues: readonly QueueToFill[]): Promise<void>
  /** Lets the planner of the database know what is there. Null if the store has none that needs it. */
  readonly analyze: (() => Promise<void>) | null
  stop(): Promise<void>
  close(): Promise<void>
}

export async function openPlace(kind: 'sqlite' | 'postgres'): Promise<Place> {
  return kind === 'sqlite' ? openSqlite() : openPostgres()
}

function openSqlite(): Place {
  const directory = mkdtempSync(join(baseDirectory, 'headlock-insight-'))
  const data = join(directory, 'data')
  const servers = new Servers(['--data', data])
  return {
    start: () => servers.start(),
    stop: () => servers.stop(),
    async fill(queues) {
      const db = openWriter(join(data, databaseName))
      fillSqlite(db, queues)
      db.close()
    },
    analyze: null,
    async close() {
      await servers.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function openPostgres(): Promise<Place> {
  // Nothing analyzes tables at a moment of its own.
  const database = await PostgresServer.start(['fsync=on', 'full_page_writes=on', 'autovacuum=off'])
  const servers = new Servers(['--store', database.url])
  const withClient = async (use: (client: Client) => Promise<unknown>) => {
    const client = new Client({ connectionString: database.url, options: '-c search_path=headlock' })
    await client.connect()
    try {
      await use(client)
    } finally {
      await client.end()
    }
  }
  return {
    start: () => servers.start(),
    stop: () => servers.stop(),
    fill: (queues) => withClient((client) => fillPostgres(client, queues)),
    analyze: () => withClient((client) => client.query('VACUUM ANALYZE')),
    async close() {
      await servers.stop()
      await database.discard()
    },
  }
}

/** One server at a time. */
class Servers {
  readonly #flags: readonly string[]
  #server: ServerProcess | null = null

  constructor(flags: readonly string[]) {
    this.#flags = flags
  }

  async start(): Promise<Ready> {
    await this.stop()
    this.#server = new ServerProcess(thisBuild, this.#flags)
    return this.#server.ready
  }

  async stop(): Promise<void> {
    await this.#server?.stop()
    this.#server = null
  }
}
