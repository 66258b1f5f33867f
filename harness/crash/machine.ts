/**
 * The embedded store with control over the disk below it. It runs the same parts as the threads of the store
 * (session, writer, migrations, checkpoint thread), one step at a time. Between two steps it is known what
 * was written and what has reached the disk. SQLite decides what each step writes and syncs, and in which
 * order. `strace` on a server shows the same:
 *
 * - A commit appends frames to the log and then syncs the log.
 * - The first commit of a new or restarted log writes its header and syncs it. After a new file it also syncs
 *   the directory.
 * - A checkpoint, by the checkpoint thread or by the writing thread, copies pages to the file. SQLite syncs
 *   the file only with the checkpoint that reaches the end of the log, and the log does not restart before
 *   that. The checkpoint thread syncs the file as well, but this model does not rely on that, because a
 *   thread can be slow.
 * - Closing does a checkpoint and then removes the log.
 */
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import type { ManualClock } from '../../src/store/clock.ts'
import { openReader, openWriter } from '../../src/store/sqlite/file/database.ts'
import { databaseName } from '../../src/store/sqlite/file/private-files.ts'
import { migrations } from '../../src/store/sqlite/migrations/index.ts'
import { migrate } from '../../src/store/sqlite/migrations/migrate.ts'
import { SharedReads } from '../../src/store/sqlite/reads/shared-reads.ts'
import { countPending } from '../../src/store/sqlite/series/count-pending.ts'
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

/**
 * A fault that a test plants to prove that it is found: a missing fsync, or one that the disk did not honour.
 */
export type PlantedFault = 'log not synced' | 'file not synced' | 'damaged log'

export interface MachineOptions {
  readonly directory: string
  readonly disk: Disk
  readonly clock: ManualClock
  /** The contents that are allowed after a power loss now. */
  readonly possible: readonly Contents[]
  /** Called at every moment at which the power may fail. `possible` then says what is allowed. */
  atRisk(machine: Machine): void
  readonly planted: PlantedFault | null
}

export class Machine {
  readonly disk: Disk
  readonly #options: MachineOptions
  readonly #path: string
  #db: DatabaseSync
  #observer: DatabaseSync
  #pinned: DatabaseSync | null = null
  #session: Session
  #thread: Worker | null = null
  #fileDescriptor: number
  #possible: readonly Contents[]

  /** Opens what is in the directory, as the storage thread does. */
  constructor(options: MachineOptions) {
    this.#options = options
    this.disk = options.disk
    this.#possible = options.possible
    this.#path = join(options.directory, databaseName)
    const wasEmpty = this.disk.file.latest === null
    this.#db = openWriter(this.#path)
    if (wasEmpty) this.#created()
    this.#observer = openReader(this.#path)
    this.#commit(() => migrate(this.#db))
    this.#commit(() => countPending(this.#db))
    this.#commit(() => this.#db.exec(`PRAGMA user_version = ${migrations.length}`))
    this.#session = new Session(this.#db, new StoreClock(options.clock, 0), reads)
    this.#db.exec('PRAGMA wal_autocheckpoint = 0')
    this.#fileDescriptor = openSync(this.#path, 'r+')
  }

  /**
   * The contents that are allowed after a power loss: what was acknowledged and, during a call, also what
   * that call does.
   */
  get possible(): readonly Contents[] {
    return this.#possible
  }

  /** The contents now. */
  get contents(): Contents {
    return contentsOf(this.#observer)
  }

  /** For tables that are visible only through SQL. */
  rows(sql: string): Record<string, unknown>[] {
    return this.#observer.prepare(sql).all()
  }

  /** One transaction of the storage thread. When it returns, the calls are acknowledged. */
  run(calls: readonly CallMessage[]): ReplyMessage[] {
    let replies: ReplyMessage[] = []
    this.#commit(() => {
      replies = runTogether(this.#session, calls)
    })
    return replies
  }

  /** A transaction that the storage thread makes by itself. */
  transaction(work: (session: Session) => void): void {
    this.#commit(() => {
      this.#session.begin()
      work(this.#session)
      this.#session.commit()
    })
  }

  /** One checkpoint by the checkpoint thread. */
  async pass(): Promise<void> {
    this.#thread ??= new Worker(checkpointThread, {
      workerData: { file: this.#path, fileDescriptor: this.#fileDescriptor } satisfies CheckpointThreadStart,
    })
    // `once` rejects when the thread fails.
    const passed = once(this.#thread, 'message') as Promise<[PassMessage]>
    this.#thread.postMessage('pass')
    const [message] = await passed
    if (!('copiedNow' in message)) throw new Error(`a pass failed: ${JSON.stringify(message)}`)
    this.#copied('NOOP')
  }

  /** One checkpoint by the writing thread. */
  finish(): void {
    this.#copied('PASSIVE')
  }

  /** Begins or ends a long read. During it, nothing that was written since it began can be checkpointed. */
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

  /** Stops without tracking what that does to the files. They are not used any more. */
  async abandon(): Promise<void> {
    await this.#closeAll()
  }

  async #closeAll(): Promise<void> {
    if (!this.#db.isOpen) return
    await this.#thread?.terminate()
    for (const db of [this.#pinned, this.#observer, this.#db]) db?.close()
    closeSync(this.#fileDescriptor)
  }

  /** The first page was written under the protection of a rollback journal, which has been deleted since. */
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

/** The journal as SQLite writes it before the first page of a new file: roll back to zero pages. */
function emptyJournal(): Buffer {
  const journal = Buffer.alloc(512)
  Buffer.from('d9d505f920a163d7', 'hex').copy(journal)
  // The number of pages, a random number, the pages before, and the sizes of a sector and of a page.
  for (const [index, value] of [0, 0x5eed, 0, 512, 4096].entries())
    journal.writeUInt32BE(value, 8 + index * 4)
  return journal
}
