import { realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { OperatorError } from '../../../domain/operator-error.ts'
import { readSmallFile } from '../../small-file.ts'
import { openDatabase } from './database.ts'
import { othersPermissions, takePermissions } from './permissions.ts'
import { directoryProblem } from './private-directory.ts'
import {
  assertOnlyOnePlace,
  createPrivateFile,
  databaseName,
  lockName,
  privateFileMode,
  removeNameOfRestore,
} from './private-files.ts'
import { assertRegularDatabase } from './regular-database.ts'

/** Another server is using the directory. */
export class DirectoryInUse extends OperatorError {
  constructor(directory: string, holder: string) {
    super(
      `Another Headlock server is using the directory ${directory}${holder}.`,
      'Stop it first, or choose another directory with {flag}.',
      { flag: '--data' },
    )
  }
}

/**
 * Makes sure that only one server uses a directory. It is SQLite's own lock on a file beside the database, so
 * the system releases it however the process dies, and no stale lock file is left. Only this user can use a
 * locked directory, and no other directory has the same database.
 */
export class DirectoryLock {
  /** The real path of the directory. A symbolic link may be changed while the directory is in use. */
  readonly directory: string
  readonly #db: DatabaseSync
  readonly #noteFile: string

  private constructor(directory: string, db: DatabaseSync, noteFile: string) {
    this.directory = directory
    this.#db = db
    this.#noteFile = noteFile
  }

  /**
   * @param onTightened called with a message if permissions were taken from other users of the machine
   * @throws DirectoryInUse, and OperatorError if other users have access that cannot be taken away
   */
  static take(path: string, onTightened: (what: string) => void = () => {}): DirectoryLock {
    const directory = realpathSync(path)
    const noteFile = join(directory, 'server.json')
    const lockFile = join(directory, lockName)
    // Everything is checked before anything is changed. Making the file shows that the directory can be used.
    assertOnlyOnePlace(directory)
    for (const database of [lockFile, join(directory, databaseName)]) assertRegularDatabase(database)
    const permissions = othersPermissions(directory)
    createLockFile(lockFile, directory)
    const tightened = takePermissions(directory, permissions)
    if (tightened !== null) onTightened(tightened)
    const db = openDatabase(lockFile, { timeout: 0 })
    try {
      db.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
      removeNameOfRestore(directory)
    } catch (error) {
      db.close()
      if (!isBusy(error)) throw error
      throw new DirectoryInUse(directory, holderOf(noteFile))
    }
    ignoringFailure(() => {
      rmSync(noteFile, { force: true })
      const note = `${JSON.stringify({ processId: process.pid })}\n`
      writeFileSync(noteFile, note, { flag: 'wx', mode: privateFileMode })
    })
    return new DirectoryLock(directory, db, noteFile)
  }

  release(): void {
    ignoringFailure(() => rmSync(this.#noteFile, { force: true }))
    this.#db.close()
  }
}

function createLockFile(lockFile: string, directory: string): void {
  try {
    createPrivateFile(lockFile)
  } catch (cause) {
    throw new OperatorError(
      `The data directory ${directory} cannot be used: ${directoryProblem(cause, 'file')}.`,
      'Choose a directory that this user may write to with {flag}.',
      { cause, flag: '--data' },
    )
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5
}

function holderOf(noteFile: string): string {
  const note = ignoringFailure((): unknown => JSON.parse(readSmallFile(noteFile).toString()))
  if (typeof note !== 'object' || note === null || !('processId' in note)) return ''
  return ` (process ${String(note.processId)})`
}

/** The note only makes messages more helpful. Nothing else depends on it, so its failures are ignored. */
function ignoringFailure<Result>(work: () => Result): Result | null {
  try {
    return work()
  } catch {
    return null
  }
}
