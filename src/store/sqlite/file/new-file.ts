import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { privateFileMode } from './private-files.ts'

/**
 * Writes a file under a temporary name and renames it when it is complete. So the target is either complete
 * or missing, even after a crash. Only this user may use the file.
 */
export class NewFile {
  readonly target: string
  /** Where to write. The file exists and is empty, and only this user may use it. */
  readonly partial: string
  /**
   * Kept open until the end. Closing any descriptor of a file drops the locks that SQLite has on it in this
   * process.
   */
  readonly #descriptor: number
  #isOpen = true
  #isNamed = false

  /**
   * @param partial must not exist
   * @throws Error of the system if the file cannot be created
   */
  constructor(target: string, partial: string) {
    this.target = target
    this.partial = partial
    this.#descriptor = openSync(partial, 'wx', privateFileMode)
  }

  /**
   * Whether the file has its final name. If `publish` has thrown, the name may not survive a loss of power.
   */
  get isNamed(): boolean {
    return this.#isNamed
  }

  /** Everything written is on disk when this returns. */
  sync(): void {
    fsyncSync(this.#descriptor)
  }

  /**
   * Gives the file its final name, durably. No connection may have it open.
   *
   * @param overwrite if false, an existing target stays, and this throws
   * @throws Error of the system; `isNamed` then shows whether the file has its name, though perhaps not durably
   */
  publish(overwrite: boolean): void {
    this.sync()
    this.#close()
    if (overwrite) this.#rename()
    else this.#nameUnlessTaken()
    syncDirectory(dirname(this.target))
  }

  /** Deletes the file and everything beside it. */
  discard(): void {
    this.#close()
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${this.partial}${suffix}`, { force: true })
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.#descriptor)
    this.#isOpen = false
  }

  #nameUnlessTaken(): void {
    try {
      // Unlike a rename, this fails if the target exists.
      linkSync(this.partial, this.target)
    } catch (error) {
      if (existsSync(this.target)) throw error
      // This file system has no hard links.
      this.#rename()
      return
    }
    this.#isNamed = true
    rmSync(this.partial)
  }

  #rename(): void {
    renameSync(this.partial, this.target)
    this.#isNamed = true
  }
}

/** Makes a new name in a directory durable. */
function syncDirectory(directory: string): void {
  // Windows cannot do this.
  if (process.platform === 'win32') return
  const descriptor = openSync(directory, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
