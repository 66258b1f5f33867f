/**
 * The embedded store with the disk below it under control: the same parts that run in its threads (session, writer,
 * migrations, the checkpoint thread), one step at a time, so that between two steps it is known what was written and
 * what has reached the disk. What each step writes and syncs, and in which order, is that of SQLite; `strace` on a
 * server shows the same:
 *
 * - a commit appends frames to the log and then syncs the log;
 * - the first commit of a new log, or of one that begins anew, first writes its header and syncs that, and after a
 *   new file its directory;
 * - a pass of the checkpoint thread, or of the writing one, writes pages to the file. SQLite syncs the file only with
 *   the pass that reaches the end of the log, and no log begins anew before that. That the checkpoint thread syncs it
 *   too is not counted on here: a thread can be slow;
 * - closing does such a pass, and then removes the log.
 */
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import type { ManualClock } from '../../src/store/clock.ts'
import { openReader, openWriter } from '../../src/store/sqlite/file/database.ts'
import { databaseName } from '../../src/store/sqlite/file/private-files.ts'
import { migrate } from '../../src/store/sqlite/migrations/migrate.ts'
import { SharedReads } from '../../src/store/sqlite/reads/shared-reads.ts'
import { Session } from '../../src/store/sqlite/session/session.ts'
import type { CheckpointThreadStart, PassMessage } from '../../src/store/sqlite/thread/checkpoints.ts'
import { runTogether } from '../../src/store/sqlite/thread/group-commit.ts'
import type { CallMessage, ReplyMessage } from '../../src/store/sqlite/thread/messages.ts'
import { StoreClock } from '../../src/store/store-clock.ts'
import { type Contents, contentsOf, type Files } from './image.ts'
import { RiskyFile } from './risky-file.ts'

const logHeaderBytes = 32
const checkpointThread = new URL('../../src/store/sqlite/thread/checkpoint.worker.ts', import.meta.url)
const reads = new SharedReads()

/** The files as the disk has them. */
export interface Disk {
  readonly file: RiskyFile
  readonly log: RiskyFile
  readonly journal: RiskyFile
}

/** What a test plants, to see that it is found: an fsync left out, or one that the disk did not keep. */
export type PlantedFault = 'log not synced' | 'file not synced' | 'damaged log'

export interface MachineOptions {
  readonly directory: string
  readonly disk: Disk
  readonly clock: ManualClock
  /** What may be there after a loss of power now. */
  readonly possible: readonly Contents[]
  /** Is told of every moment at which the power may go; `possible` says what may be there then. */
  atRisk(machine: Machine): void
  readonly planted: PlantedFault | null
}

export class Machine {
  readonly disk: Disk
  readonly #options: MachineOptions
  readonly #path: string
  #db: DatabaseSync
  #look: DatabaseSync
  #pinned: DatabaseSync | null = null
  #session: Session
  #thread: Worker | null = null
  #fileDescriptor: number
  #possible: readonly Contents[]

  /** Opens what is in the directory as the storage thread does. */
  constructor(options: MachineOptions) {
    this.#options = options
    this.disk = options.disk
    this.#possible = options.possible
    this.#path = join(options.directory, databaseName)
    const wasEmpty = this.disk.file.latest === null
    this.#db = openWriter(this.#path)
    if (wasEmpty) this.#created()
    this.#look = openReader(this.#path)
    this.#commit(() => migrate(this.#db))
    this.#commit(() => this.#db.exec('PRAGMA user_version = 1'))
    this.#session = new Session(this.#db, new StoreClock(options.clock, 0), reads)
    this.#db.exec('PRAGMA wal_autocheckpoint = 0')
    this.#fileDescriptor = openSync(this.#path, 'r+')
  }

  /** What may be there after a loss of power: what was acknowledged, and with a call under way what it does. */
  get possible(): readonly Contents[] {
    return this.#possible
  }

  /** What is there now. */
  get contents(): Contents {
    return contentsOf(this.#look)
  }

  /** For tables that only SQL shows as they are. */
  rows(sql: string): Record<string, unknown>[] {
    return this.#look.prepare(sql).all()
  }

  /** One transaction of the storage thread. When it returns, the calls are acknowledged. */
  run(calls: readonly CallMessage[]): ReplyMessage[] {
    let replies: ReplyMessage[] = []
    this.#commit(() => {
      replies = runTogether(this.#session, calls)
    })
    return replies
  }

  /** A transaction of the storage thread's own. */
  transaction(work: (session: Session) => void): void {
    this.#commit(() => {
      this.#session.begin()
      work(this.#session)
      this.#session.commit()
    })
  }

  /** A pass of the checkpoint thread. */
  async pass(): Promise<void> {
    this.#thread ??= new Worker(checkpointThread, {
      workerData: { file: this.#path, fileDescriptor: this.#fileDescriptor } satisfies CheckpointThreadStart,
    })
    // Rejects when the thread ends instead.
    const passed = once(this.#thread, 'message') as Promise<[PassMessage]>
    this.#thread.postMessage('pass')
    const [message] = await passed
    if (!('copiedNow' in message)) throw new Error(`a pass failed: ${JSON.stringify(message)}`)
    this.#copied('NOOP')
  }

  /** The pass of the writing thread. */
  finish(): void {
    this.#copied('PASSIVE')
  }

  /** Somebody reads for a long time: what was written since cannot be copied. Or ends. */
  toggleReader(): void {
    if (this.#pinned === null) {
      this.#pinned = openReader(this.#path)
      this.#pinned.exec('BEGIN')
      contentsOf(this.#pinned)
    } else {
      this.#pinned.close()
      this.#pinned = null
    }
  }

  /** Stops as the store does. */
  async close(): Promise<void> {
    await this.#closeAll()
    this.#wroteFile()
    this.#sync('file')
    this.disk.log.wrote(this.#read('-wal'))
    this.#options.atRisk(this)
  }

  /** Stops it without looking at what that does to its files: they are not looked at any more. */
  async abandon(): Promise<void> {
    await this.#closeAll()
  }

  async #closeAll(): Promise<void> {
    if (!this.#db.isOpen) return
    await this.#thread?.terminate()
    for (const db of [this.#pinned, this.#look, this.#db]) db?.close()
    closeSync(this.#fileDescriptor)
  }

  /** The first page was written under the protection of a journal, which is gone again. */
  #created(): void {
    const { file, journal } = this.disk
    journal.wrote(emptyJournal())
    journal.synced()
    this.#wroteFile()
    file.synced()
    journal.wrote(null)
    this.#options.atRisk(this)
  }

  #commit(work: () => void): void {
    const { file, log, journal } = this.disk
    const before = log.latest
    work()
    const after = this.#read('-wal')
    const wrote = after !== null && !after.equals(before ?? Buffer.alloc(0))
    if (!this.#read('')!.equals(file.latest!)) throw new Error('a commit wrote to the file itself')
    if (!wrote) return
    const header = after.subarray(0, logHeaderBytes)
    if (before === null || !before.subarray(0, logHeaderBytes).equals(header)) {
      const begun = Buffer.from(before !== null && before.length > 0 ? before : header)
      header.copy(begun)
      log.wrote(begun)
      this.#options.atRisk(this)
      this.#sync('log')
      if (before === null) journal.synced()
    }
    log.wrote(after)
    const { contents } = this
    this.#possible = [...this.#possible, contents]
    this.#options.atRisk(this)
    this.#sync('log')
    this.#possible = [contents]
  }

  #copied(mode: 'NOOP' | 'PASSIVE'): void {
    const row = this.#session.statement(`PRAGMA wal_checkpoint(${mode})`).get()!
    this.#wroteFile()
    if (row['log'] === row['checkpointed']) this.#sync('file')
  }

  #wroteFile(): void {
    this.disk.file.wrote(this.#read(''))
    this.#options.atRisk(this)
  }

  #sync(which: 'log' | 'file'): void {
    if (this.#options.planted !== `${which} not synced`) this.disk[which].synced()
  }

  #read(suffix: keyof Files): Buffer | null {
    try {
      return readFileSync(this.#path + suffix)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
      throw error
    }
  }
}

export function emptyDisk(): Disk {
  return { file: new RiskyFile(null), log: new RiskyFile(null), journal: new RiskyFile(null) }
}

/** As SQLite writes it before the first page of a new file: roll back to no pages at all. */
function emptyJournal(): Buffer {
  const journal = Buffer.alloc(512)
  Buffer.from('d9d505f920a163d7', 'hex').copy(journal)
  // Pages in it, a random number, pages of the file before, bytes of a sector and of a page.
  for (const [index, value] of [0, 0x5eed, 0, 512, 4096].entries())
    journal.writeUInt32BE(value, 8 + index * 4)
  return journal
}
