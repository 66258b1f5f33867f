/** The files of the embedded store after a power loss: written to a directory, opened and examined. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ManualClock } from '../../src/store/clock.ts'
import { databaseName } from '../../src/store/sqlite/file/private-files.ts'
import { SharedReads } from '../../src/store/sqlite/reads/shared-reads.ts'
import { countPending } from '../../src/store/sqlite/series/count-pending.ts'
import { Session } from '../../src/store/sqlite/session/session.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { runTogether } from '../../src/store/sqlite/thread/group-commit.ts'
import { StoreClock } from '../../src/store/store-clock.ts'

/** The files of the store, by the suffix after the name of the database. */
export const suffixes = ['', '-wal', '-journal', '-shm'] as const
export type Suffix = (typeof suffixes)[number]
export type Files = Readonly<Record<Suffix, Buffer | null>>

export const tables = ['requests', 'queues', 'users', 'tokens', 'purges'] as const

/** The whole database, with one line for each table above. Null before its first transaction. */
export type Contents = string | null

const reads = new SharedReads()

/** The line of one table. */
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

/** Opens the database in the directory, and returns its contents and what `check` finds wrong. */
export function examine(directory: string, clock: ManualClock): { contents: Contents; findings: string[] } {
  const db = new DatabaseSync(join(directory, databaseName), { timeout: 0 })
  try {
    // An image is thrown away afterwards, so nothing has to reach the disk.
    db.exec('PRAGMA synchronous = OFF')
    const contents = contentsOf(db)
    if (contents === null) return { contents, findings: [] }
    // As at every start.
    countPending(db)
    const session = new Session(db, new StoreClock(clock, 0), reads)
    const [[, reply]] = runTogether(session, [[1, 'check', undefined]]) as [[number, { answer?: string[] }]]
    return { contents, findings: reply.answer ?? [`the check failed: ${JSON.stringify(reply)}`] }
  } finally {
    db.close()
  }
}

/** Starts the real store on the files, uses it and stops it. Returns what `check` finds wrong. */
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
