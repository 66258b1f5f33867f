import { existsSync } from 'node:fs'
import { backup, type DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { OperatorError } from '../../../domain/operator-error.ts'
import { openDatabase } from '../file/database.ts'
import { migrate } from '../migrations/migrate.ts'

/** How long to wait for a file that somebody is just opening or closing. */
const busyTimeoutMs = 10_000
/** How many pages are copied between two reports of progress, and then synced to disk: 4 MiB. */
const pagesPerStep = 1024

export interface CopyProgress {
  readonly copiedBytes: number
  readonly totalBytes: number
}

/**
 * Opens a database for reading, whether others use it or not. In a read-only directory that works only if
 * nobody has it open.
 */
export function openToRead(file: string): DatabaseSync {
  const db = openDatabase(file, { readOnly: true, timeout: busyTimeoutMs })
  try {
    db.prepare('SELECT count(*) FROM sqlite_schema').get()
    return db
  } catch (error) {
    db.close()
    if (existsSync(`${file}-wal`)) throw error
    const url = pathToFileURL(file)
    url.searchParams.set('immutable', '1')
    return openDatabase(url, { readOnly: true })
  }
}

/** @throws OperatorError unless the file is a Headlock database, of this version or an older one */
export function assertHeadlock(db: DatabaseSync, file: string): void {
  const known = knownSchema()
  let applicationId: number
  let version: number
  try {
    applicationId = pragma(db, 'application_id')
    version = pragma(db, 'user_version')
  } catch (cause) {
    throw notOurs(file, cause)
  }
  if (applicationId !== known.applicationId || version === 0) {
    throw notOurs(file)
  }
  if (version > known.version) {
    throw new OperatorError(
      `${file} has schema ${version}, this Headlock knows up to ${known.version}: it was written by a newer version.`,
      'Use that version.',
    )
  }
}

function notOurs(file: string, cause?: unknown): OperatorError {
  return new OperatorError(
    `${file} is not a database of Headlock.`,
    'Name a database or a backup of Headlock.',
    {
      cause,
    },
  )
}

/**
 * Copies everything that is committed now, page by page, while others may write to the source. The copy is
 * one file without a log.
 *
 * All steps share one read transaction, so they see one snapshot. Otherwise the copy would restart after
 * every commit of another process, and never end under load (docs/decisions/0007-backup.md).
 *
 * @param target an empty file
 * @param sync writes what was copied to disk, so that calls of a server on the same disk do not wait for all
 *   of it at the end
 */
export async function copySnapshot(
  source: DatabaseSync,
  target: string,
  sync: () => void,
  onProgress: (progress: CopyProgress) => void,
): Promise<void> {
  const pageBytes = pragma(source, 'page_size')
  source.exec('BEGIN')
  let failure: unknown
  try {
    // The transaction begins with its first read.
    source.prepare('SELECT count(*) FROM sqlite_schema').get()
    await backup(source, target, {
      rate: pagesPerStep,
      progress({ totalPages, remainingPages }) {
        try {
          if (failure === undefined) sync()
        } catch (error) {
          failure = error
        }
        onProgress({
          copiedBytes: (totalPages - remainingPages) * pageBytes,
          totalBytes: totalPages * pageBytes,
        })
      },
    })
  } finally {
    if (source.isTransaction) source.exec('COMMIT')
  }
  if (failure !== undefined) throw failure
  const copy = openDatabase(target, { timeout: busyTimeoutMs })
  try {
    copy.exec('PRAGMA journal_mode = DELETE')
  } finally {
    copy.close()
  }
}

/** The application ID and version of a database that this program creates. */
function knownSchema(): { readonly applicationId: number; readonly version: number } {
  const db = openDatabase(':memory:')
  try {
    migrate(db)
    return { applicationId: pragma(db, 'application_id'), version: pragma(db, 'user_version') }
  } finally {
    db.close()
  }
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get()!)[0])
}
