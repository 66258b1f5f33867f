import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { privateFileMode } from './private-files.ts'

/**
 * A file that is written under another name and gets its own when it is complete: under its own name it is whole or not
 * there, whatever happens meanwhile. It is for this user alone.
 */
export class NewFile {
  readonly target: string
  /** Where to write. The file is there, empty, and nobody else's. */
  readonly partial: string
  /** Kept open until the end: closing any descriptor of a file drops the locks that SQLite has on it in this process. */
  readonly #descriptor: number
  #isOpen = true
  #isNamed = false

  /**
   * @param partial must not be there
   * @throws Error of the system when it cannot be made
   */
  constructor(target: string, partial: string) {
    this.target = target
    this.partial = partial
    this.#descriptor = openSync(partial, 'wx', privateFileMode)
  }

  /** Whether the file has its name. Where `publish` has thrown all the same, that may not outlive a loss of power. */
  get isNamed(): boolean {
    return this.#isNamed
  }

  /** What was written is on the disk when this returns. */
  sync(): void {
    fsyncSync(this.#descriptor)
  }

  /**
   * The file gets its name, for good. No connection may have it open.
   *
   * @param overwrite false: a file that has come there meanwhile stays, and this throws
   * @throws Error of the system; `isNamed` tells whether the file has its name, though not for good
   */
  publish(overwrite: boolean): void {
    this.sync()
    this.#close()
    if (overwrite) this.#rename()
    else this.#nameUnlessTaken()
    syncDirectory(dirname(this.target))
  }

  /** Nothing of it stays. */
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
      // Unlike renaming, this fails when there is one.
      linkSync(this.partial, this.target)
    } catch (error) {
      if (existsSync(this.target)) throw error
      // A file system without a second name for a file.
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

/** A new name in a directory is on the disk after this. */
function syncDirectory(directory: string): void {
  // Windows has no such thing.
  if (process.platform === 'win32') return
  const descriptor = openSync(directory, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
