/** Stores with queues that are filled before they are opened. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { PostgresServer } from '../../harness/postgres-server.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'
import { openWriter } from '../../src/store/sqlite/file/database.ts'
import { databaseName } from '../../src/store/sqlite/file/private-files.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { Store } from '../../src/store/store.ts'
import { type Filler, PostgresFiller, SqliteFiller } from '../fixtures/waits.ts'

export interface Opened extends Made {
  readonly filler: Filler
  /** Where PostgreSQL runs. Null with SQLite. */
  readonly database: { readonly url: string; readonly pid: number } | null
  open(): Promise<Store>
  close(): Promise<void>
}

export async function openSqlite(queueCount: number): Promise<Opened> {
  const directory = mkdtempSync(join(process.env['HEADLOCK_BENCH_DIRECTORY'] ?? tmpdir(), 'headlock-waits-'))
  const open = () => openSqliteStore({ directory })
  const made = await makeQueues(open, queueCount)
  const db = openWriter(join(directory, databaseName))
  return {
    ...made,
    filler: new SqliteFiller(db),
    database: null,
    async open() {
      db.close()
      return open()
    },
    async close() {
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

export async function openPostgres(queueCount: number): Promise<Opened> {
  const server = await PostgresServer.start()
  const open = () => openPostgresStore({ url: server.url })
  const made = await makeQueues(open, queueCount)
  const client = new Client({ connectionString: server.url, options: '-c search_path=headlock' })
  await client.connect()
  return {
    ...made,
    filler: new PostgresFiller(client),
    database: { url: server.url, pid: server.pid! },
    open,
    async close() {
      await client.end()
      await server.discard()
    },
  }
}

interface Made {
  readonly userId: string
  /** The user who has 300,000 queues. */
  readonly manyId: string
  readonly queueIds: readonly string[]
}

async function makeQueues(open: () => Promise<Store>, queueCount: number): Promise<Made> {
  const store = await open()
  const { id: userId } = await store.ensureUser({ username: 'few' })
  const { id: manyId } = await store.ensureUser({ username: 'many' })
  const queueIds: string[] = []
  for (let made = 0; made < queueCount; made++) {
    const { queue } = await store.getOrCreateQueue({ userId, name: `bench-${made}` })
    queueIds.push(queue.id)
  }
  await store.close()
  return { userId, manyId, queueIds }
}
