import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * One server a directory. The lock is SQLite's own on a file beside the database, so the system takes it back
 * when the process dies, however it dies: no stale lock file has to be guessed at.
 */
export class DirectoryLock {
  readonly #db: DatabaseSync
  readonly #noteFile: string

  private constructor(db: DatabaseSync, noteFile: string) {
    this.#db = db
    this.#noteFile = noteFile
  }

  /** @throws Error naming the process that has the directory */
  static take(directory: string): DirectoryLock {
    const noteFile = join(directory, 'server.json')
    const db = new DatabaseSync(join(directory, 'server.lock'), { timeout: 0 })
    try {
      db.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
    } catch (error) {
      db.close()
      if (!isBusy(error)) throw error
      throw new Error(
        `Another Headlock server is using the directory ${directory}${holderOf(noteFile)}. ` +
          'Stop it first, or choose another directory with --data.',
      )
    }
    asCourtesy(() => writeFileSync(noteFile, `${JSON.stringify({ processId: process.pid })}\n`))
    return new DirectoryLock(db, noteFile)
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
