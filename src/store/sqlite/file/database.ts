import { DatabaseSync, type DatabaseSyncOptions } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { OperatorError } from '../../../domain/operator-error.ts'
import { createPrivateFile } from './private-files.ts'
import { assertRegularDatabase } from './regular-database.ts'

/** Older versions could lose committed data when the write-ahead log was reset. */
const sqliteVersionMin = [3, 51, 3] as const

/** How long a connection waits while another process writes, such as a token command. */
const busyTimeoutMs = 10_000

/**
 * Pages that are not in this cache are in the system's cache, a few microseconds away. A larger cache would
 * cost more than memory: after a page was split, a commit walks over every page that the connection has in
 * memory (docs/performance.md).
 */
const writerCacheKilobytes = 32_768
const readerCacheKilobytes = 32_768
/**
 * How much of the log's file stays when the log starts over. Under full load the file grows to some 150 MB. A
 * file that was cut has to grow again, and every sync of a growing file waits for the file system's journal,
 * behind everything that is copied at the time.
 */
const logBytesKept = 268_435_456

/**
 * Opens a connection. Every connection of the program is opened here. The file may come from elsewhere, such
 * as a backup that somebody sent. So functions in its schema are not trusted, its pages are checked before
 * use, and no statement can write to the file except through SQLite.
 *
 * @throws OperatorError if the file, or a log beside it, is no regular file
 */
export function openDatabase(file: string | URL, options: DatabaseSyncOptions = {}): DatabaseSync {
  if (file !== ':memory:') assertRegularDatabase(file instanceof URL ? fileURLToPath(file) : file)
  const db = new DatabaseSync(file, { ...options, defensive: true })
  db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON')
  return db
}

/**
 * Opens the connection that writes, with a write-ahead log. Every commit is on disk before it returns.
 * Creates the file if it does not exist, for this user only.
 *
 * @throws OperatorError if SQLite is too old
 */
export function openWriter(file: string): DatabaseSync {
  assertSqliteVersion()
  createPrivateFile(file)
  const db = openDatabase(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true })
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY')
  db.exec(`PRAGMA cache_size = -${writerCacheKilobytes}; PRAGMA journal_size_limit = ${logBytesKept}`)
  return db
}

/** Opens a read-only connection. Each statement sees what was committed when it began. */
export function openReader(file: string): DatabaseSync {
  const db = openDatabase(file, { readOnly: true, timeout: busyTimeoutMs })
  db.exec(`PRAGMA cache_size = -${readerCacheKilobytes}; PRAGMA temp_store = MEMORY`)
  return db
}

/**
 * Checks that the settings for durability are in force. Call it after the first write of a start.
 *
 * @throws OperatorError if they are not
 */
export function assertDurable(db: DatabaseSync): void {
  const journalMode = Object.values(db.prepare('PRAGMA journal_mode').get()!)[0]
  const synchronous = Object.values(db.prepare('PRAGMA synchronous').get()!)[0]
  if (journalMode !== 'wal' || synchronous !== 2) {
    throw new OperatorError(
      `SQLite ignores settings that Headlock needs: journal_mode is ${journalMode} (wal expected), ` +
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
