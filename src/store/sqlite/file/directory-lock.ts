import { readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { OperatorError } from '../../../domain/operator-error.ts'
import { openDatabase } from './database.ts'
import {
  assertOnlyOnePlace,
  createPrivateFile,
  lockName,
  makePrivate,
  privateFileMode,
  removeNameOfRestore,
} from './private-files.ts'

/** A server has the directory. */
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
 * One server a directory. The lock is SQLite's own on a file beside the database, so the system takes it back
 * when the process dies, however it dies: no stale lock file has to be guessed at. Whoever has it has the directory for
 * this user alone, and no other directory has the same database.
 */
export class DirectoryLock {
  /** The real path of the directory: what a symbolic link leads to may change while it is used. */
  readonly directory: string
  readonly #db: DatabaseSync
  readonly #noteFile: string

  private constructor(directory: string, db: DatabaseSync, noteFile: string) {
    this.directory = directory
    this.#db = db
    this.#noteFile = noteFile
  }

  /**
   * @param onTightened is told in words when rights were taken from other users of the machine
   * @throws DirectoryInUse, and OperatorError that names what of it is not this user's alone
   */
  static take(path: string, onTightened: (what: string) => void = () => {}): DirectoryLock {
    const directory = realpathSync(path)
    assertOnlyOnePlace(directory)
    const tightened = makePrivate(directory)
    if (tightened !== null) onTightened(tightened)
    const noteFile = join(directory, 'server.json')
    const lockFile = join(directory, lockName)
    createPrivateFile(lockFile)
    const db = openDatabase(lockFile, { timeout: 0 })
    try {
      db.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
      removeNameOfRestore(directory)
    } catch (error) {
      db.close()
      if (!isBusy(error)) throw error
      throw new DirectoryInUse(directory, holderOf(noteFile))
    }
    asCourtesy(() => {
      rmSync(noteFile, { force: true })
      const note = `${JSON.stringify({ processId: process.pid })}\n`
      writeFileSync(noteFile, note, { flag: 'wx', mode: privateFileMode })
    })
    return new DirectoryLock(directory, db, noteFile)
  }

  release(): void {
    asCourtesy(() => rmSync(this.#noteFile, { force: true }))
    this.#db.close()
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5
}

function holderOf(noteFile: string): string {
  const note = asCourtesy((): unknown => JSON.parse(readFileSync(noteFile, 'utf8')))
  if (typeof note !== 'object' || note === null || !('processId' in note)) return ''
  return ` (process ${String(note.processId)})`
}

/** The note is a courtesy: without it a message is shorter, and nothing else. */
function asCourtesy<Result>(work: () => Result): Result | null {
  try {
    return work()
  } catch {
    return null
  }
}
