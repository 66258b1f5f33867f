import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { OperatorError, reasonOf } from '../../domain/operator-error.ts'
import { openWriter } from '../sqlite/file/database.ts'
import { DirectoryInUse, DirectoryLock } from '../sqlite/file/directory-lock.ts'
import { databaseName } from '../sqlite/file/private-files.ts'

/** The page cache. It is large because a copy goes by ID, which is a random order in the file. */
const cacheKilobytes = 262_144

/** A data directory that only the copy uses, so that no server writes to it meanwhile. */
export class SqliteDirectory {
  readonly db: DatabaseSync
  readonly #lock: DirectoryLock

  private constructor(db: DatabaseSync, lock: DirectoryLock) {
    this.db = db
    this.#lock = lock
  }

  /**
   * @param prepare checks or migrates the schema
   * @param onTightened called with a message if permissions were taken from other users of the machine
   * @throws OperatorError if a server uses the directory, or the file cannot be used
   */
  static open(
    directory: string,
    prepare: (db: DatabaseSync) => void,
    onTightened?: (what: string) => void,
  ): SqliteDirectory {
    const lock = takeLock(directory, onTightened)
    try {
      const db = openWriter(join(lock.directory, databaseName))
      try {
        prepare(db)
        db.exec(`PRAGMA cache_size = -${cacheKilobytes}`)
        return new SqliteDirectory(db, lock)
      } catch (error) {
        db.close()
        throw error
      }
    } catch (error) {
      lock.release()
      const problem = `The database in ${directory} cannot be copied`
      throw error instanceof OperatorError
        ? error.restated(`${problem}: ${error.problem}`)
        : new OperatorError(`${problem}: ${reasonOf(error)}.`, 'If it is damaged, restore a backup first.', {
            cause: error,
          })
    }
  }

  static hasDatabase(directory: string): boolean {
    return existsSync(join(directory, databaseName))
  }

  close(): void {
    this.db.close()
    this.#lock.release()
  }
}

function takeLock(directory: string, onTightened?: (what: string) => void): DirectoryLock {
  try {
    return DirectoryLock.take(directory, onTightened)
  } catch (error) {
    // The original advice is for the start of a server.
    if (!(error instanceof DirectoryInUse)) throw error
    throw new OperatorError(error.problem, 'Stop it, then run the copy again.', { cause: error })
  }
}
