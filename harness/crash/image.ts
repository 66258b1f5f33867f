/** What a loss of power left of the embedded store: written to a directory, opened, looked at. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ManualClock } from '../../src/store/clock.ts'
import { databaseName } from '../../src/store/sqlite/file/private-files.ts'
import { SharedReads } from '../../src/store/sqlite/reads/shared-reads.ts'
import { Session } from '../../src/store/sqlite/session/session.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { runTogether } from '../../src/store/sqlite/thread/group-commit.ts'
import { StoreClock } from '../../src/store/store-clock.ts'

/** The files of the store by what comes behind the name of the database. */
export const suffixes = ['', '-wal', '-journal', '-shm'] as const
export type Suffix = (typeof suffixes)[number]
export type Files = Readonly<Record<Suffix, Buffer | null>>

export const tables = ['requests', 'queues', 'users', 'tokens', 'purges'] as const

/** Everything in the database, a line for each table as above; null before its first transaction. */
export type Contents = string | null

const reads = new SharedReads()

/** One table of it. */
export function tableOf(contents: Contents, table: (typeof tables)[number]): string | null {
  return contents?.split('\n')[tables.indexOf(table)] ?? null
}

export function writeFiles(directory: string, files: Files): void {
  for (const suffix of suffixes) {
    const path = join(directory, databaseName + suffix)
    const content = files[suffix]
    if (content === null) rmSync(path, { force: true })
    else writeFileSync(path, content)
  }
}

export function contentsOf(db: DatabaseSync): Contents {
  if (db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined) return null
  return tables
    .map((table) => JSON.stringify(db.prepare(`SELECT * FROM ${table} ORDER BY 1`).all()))
    .join('\n')
}

/** Opens what is in the directory, as SQLite finds it, and lists what the store finds wrong with it. */
export function lookAt(directory: string, clock: ManualClock): { contents: Contents; findings: string[] } {
  const db = new DatabaseSync(join(directory, databaseName), { timeout: 0 })
  try {
    // Nobody pulls the plug on the image.
    db.exec('PRAGMA synchronous = OFF')
    const contents = contentsOf(db)
    if (contents === null) return { contents, findings: [] }
    const session = new Session(db, new StoreClock(clock, 0), reads)
    const [[, reply]] = runTogether(session, [[1, 'check', undefined]]) as [[number, { answer?: string[] }]]
    return { contents, findings: reply.answer ?? [`the check failed: ${JSON.stringify(reply)}`] }
  } finally {
    db.close()
  }
}

/** Starts the store itself on it, uses it and stops it; lists what it finds wrong. */
export async function serve(directory: string, clock: ManualClock): Promise<string[]> {
  const store = await openSqliteStore({ directory, clock })
  try {
    const { id: userId } = await store.ensureUser({ username: 'after-the-cut' })
    const { queue } = await store.getOrCreateQueue({ userId, name: null })
    await store.deleteQueue({ userId, queue: { queueId: queue.id } })
    return await store.check()
  } finally {
    await store.close()
  }
}
