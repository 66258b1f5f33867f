import { DatabaseSync, type DatabaseSyncOptions } from 'node:sqlite'
import { OperatorError } from '../../../domain/operator-error.ts'
import { createPrivateFile } from './private-files.ts'

/** Before this version a reset of the write-ahead log could lose committed data. */
const sqliteVersionMin = [3, 51, 3] as const

/** How long a connection waits while another process (the token commands) writes. */
const busyTimeoutMs = 10_000

/**
 * Pages that are not here are in the system's cache, a few microseconds away. More would cost more than memory: a commit
 * after a page was split looks at every page that the connection has in memory (docs/performance.md).
 */
const writerCacheKilobytes = 32_768
const readerCacheKilobytes = 32_768
/**
 * What stays of the log's file when it begins anew. Under full load it grows to some 150 MB; a file that was cut has to grow
 * again, and every sync of a growing file waits for the file system's own journal, behind all that is copied meanwhile.
 */
const logBytesKept = 268_435_456

/**
 * Opens a connection; every one of the program is opened here. What stands in a file may come from elsewhere (a backup
 * that somebody sent): functions in its schema are not trusted, its pages are looked at before they are used, and no
 * statement may write into the file past SQLite.
 */
export function openDatabase(file: string | URL, options: DatabaseSyncOptions = {}): DatabaseSync {
  const db = new DatabaseSync(file, { ...options, defensive: true })
  db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON')
  return db
}

/**
 * Opens the connection that writes: write-ahead log, and every commit on disk before it returns. Makes the file, for this
 * user alone, when it is not there.
 *
 * @throws OperatorError when SQLite is too old or the settings do not hold
 */
export function openWriter(file: string): DatabaseSync {
  assertSqliteVersion()
  createPrivateFile(file)
  const db = openDatabase(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true })
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY')
  db.exec(`PRAGMA cache_size = -${writerCacheKilobytes}; PRAGMA journal_size_limit = ${logBytesKept}`)
  return db
}

/** Opens a connection that can only read; what it sees is what was committed when each statement began. */
export function openReader(file: string): DatabaseSync {
  const db = openDatabase(file, { readOnly: true, timeout: busyTimeoutMs })
  db.exec(`PRAGMA cache_size = -${readerCacheKilobytes}; PRAGMA temp_store = MEMORY`)
  return db
}

/** Durability is a promise, so it is looked at and not assumed: call after the first write of a start. */
export function assertDurable(db: DatabaseSync): void {
  const journalMode = Object.values(db.prepare('PRAGMA journal_mode').get()!)[0]
  const synchronous = Object.values(db.prepare('PRAGMA synchronous').get()!)[0]
  if (journalMode !== 'wal' || synchronous !== 2) {
    throw new OperatorError(
      `SQLite does not keep what is asked of it: journal_mode is ${journalMode} (wal expected), ` +
        `synchronous is ${synchronous} (2 expected).`,
      'The data directory may be on a file system without shared memory, such as a network share; choose a local one ' +
        'with {flag}.',
      { flag: '--data' },
    )
  }
}

function assertSqliteVersion(): void {
  const version = process.versions['sqlite'] ?? '0.0.0'
  const parts = version.split('.').map(Number)
  for (const [index, least] of sqliteVersionMin.entries()) {
    const part = parts[index] ?? 0
    if (part > least) return
    if (part < least) {
      throw new OperatorError(
        `This Node.js has SQLite ${version}; Headlock needs ${sqliteVersionMin.join('.')} or newer, because ` +
          'older ones can lose committed data.',
        'Install a newer Node.js (24.15 or later).',
      )
    }
  }
}
