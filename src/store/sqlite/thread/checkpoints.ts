import { closeSync, openSync, writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { Session } from '../session/session.ts'

/** From so much log on (pages of 4 KiB) a pass is worth its work: pages that changed again and again are copied once. */
const passFramesMin = 4_000
/** So little the writing thread copies in two milliseconds: then it finishes the log, which starts anew. */
const finishFramesMax = 200
/** From so long a log on it finishes up to so many, in some twenty milliseconds, so that the log begins anew at all. */
const longLogFrames = 32_000
const finishLongFramesMax = 6_000
/**
 * So much may come while a pass runs before the writing thread does it itself: a bound if the passes cannot keep up. What a
 * backup held back is more than that, and no reason: one pass copies it, however long that takes, and calls go on beside it.
 */
const waitingFramesMax = 64_000

/** As long as this, and after so many passes that failed, one after the other, the writing thread does all of it itself. */
const logFramesMax = 128_000
const failedPassesMax = 3
/** SQLITE_IOERR_FSYNC */
const errorOfSync = 1034
const unsyncedText =
  'What was copied into the database file may not be on the disk. Nothing is lost: it is in the log, and the next start ' +
  'copies it again. Look after the disk, then start the server.'
/** So often the length of the log is looked at; a look costs about as much as a row. */
const lookEveryMs = 10
/** And so long after a copy for which the disk had no room, say, or one that a backup held back. */
const lookAgainMs = 1000

/** What the thread that copies is started with. */
export interface CheckpointThreadStart {
  readonly file: string
  /** The database file once more, to have what was copied written to the disk. */
  readonly fileDescriptor: number
}

/** What a pass says: how many frames it copied, why it failed, or why what it copied is not on the disk. */
export type PassMessage =
  | { readonly copiedNow: number }
  | { readonly failed: string }
  | { readonly unsynced: string }

/** The frames in the log, and how many of them are in the database file. */
export interface LogLength {
  readonly log: number
  readonly copied: number
}

/**
 * Moves the write-ahead log into the database file off the path of the calls: a thread of its own copies while the
 * writing thread goes on, which finishes only the short rest that came meanwhile. Nothing of it decides what is
 * durable; a call is answered after its commit, and the commit is in the log and on the disk. A copy that fails (a full
 * disk, say) is reported, and tried again after the next commits; where the thread itself cannot work, the writing one
 * does. One that did not reach the disk ends the store: the system may have thrown away what it could not write and say
 * nothing the next time, and SQLite takes these pages for copied. The log has all of them still, and the next start copies
 * it from its beginning.
 */
export class Checkpoints {
  readonly #session: Session
  readonly #file: string
  /** Started when there is something to copy: most small queues never need it. */
  #worker: Worker | null = null
  /**
   * Closed after every connection of the process: closing any descriptor of a file drops the locks that the process
   * holds on it, SQLite's among them.
   */
  readonly #fileDescriptor: number
  readonly #report: (problem: string) => void
  #passing = false
  /** One after the other, until now. */
  #failedPasses = 0
  #isUnsynced = false
  #isClosing = false
  #looksAtMs = 0
  /** The thread ended, or could not be started; until the writing thread has moved the log once in its place. */
  #isWithoutThread = false

  /** @param report is told of every copy that failed, in words */
  constructor(session: Session, file: string, report: (problem: string) => void) {
    this.#session = session
    this.#report = report
    session.statement('PRAGMA wal_autocheckpoint = 0').all()
    this.#file = file
    this.#fileDescriptor = openSync(file, 'r+')
  }

  /** To be called after commits, outside a transaction. */
  afterCommit(): void {
    const nowMs = performance.now()
    if (nowMs < this.#looksAtMs) return
    this.#looksAtMs = nowMs + lookEveryMs
    const length = this.#checkpoint('NOOP')
    if (length === null) return
    const waiting = length.log - length.copied
    const isFailing = this.#failedPasses >= failedPassesMax && length.log >= logFramesMax && !this.#passing
    const isInItsPlace = this.#isWithoutThread && waiting >= passFramesMin
    if (isFailing || isInItsPlace) {
      // The next time another thread is tried: what kept it from its work may be over.
      const after = this.#checkpoint('PASSIVE')
      if (after === null) return
      this.#isWithoutThread = false
      if (after.log - after.copied >= waiting) this.#lookLater()
    } else if (waiting >= passFramesMin && !this.#passing) {
      this.#pass()
    }
  }

  #pass(): void {
    try {
      this.#worker ??= this.#startWorker()
    } catch (error) {
      this.#lostThread(`the thread that moves the log could not be started: ${messageOf(error)}`)
      return
    }
    this.#passing = true
    this.#worker.postMessage('pass')
  }

  #startWorker(): Worker {
    const start: CheckpointThreadStart = { file: this.#file, fileDescriptor: this.#fileDescriptor }
    const self = import.meta.url
    const worker = new Worker(
      new URL(self.endsWith('.ts') ? './checkpoint.worker.ts' : './checkpoint.worker.js', self),
      { workerData: start, name: 'headlock-checkpoints', resourceLimits: { maxYoungGenerationSizeMb: 2 } },
    )
    worker.on('message', (message: PassMessage) => this.#passed(message))
    worker.on('error', (error) =>
      this.#lostThread(`the thread that moves the log ended: ${messageOf(error)}`),
    )
    worker.unref()
    return worker
  }

  /** Nobody waits for a pass of it any more. */
  #lostThread(problem: string): void {
    this.#worker = null
    this.#passing = false
    this.#isWithoutThread = true
    this.#report(`${problem}; the log is moved without it, and another one is started later`)
    this.#lookLater()
  }

  /**
   * A pass under way comes to its end first, for closing removes the log: what the disk did not keep would be lost.
   *
   * @param closeConnection closes the writing connection; it has to be the last one of the process
   */
  async close(closeConnection: () => void): Promise<void> {
    this.#isClosing = true
    if (this.#passing)
      await new Promise<void>((ended) => this.#worker!.once('message', ended).once('exit', ended))
    if (this.#isUnsynced) {
      // Any way to end that closes connections would remove the log.
      writeSync(2, `${unsyncedText}\n`)
      process.kill(process.pid, 'SIGKILL')
    }
    await this.#worker?.terminate()
    closeConnection()
    closeSync(this.#fileDescriptor)
  }

  #passed(message: PassMessage): void {
    this.#passing = false
    if ('unsynced' in message) {
      this.#isUnsynced = true
      this.#endStore(message.unsynced)
      return
    }
    if ('failed' in message) {
      this.#failedPasses++
      this.#couldNotMove(message.failed)
      return
    }
    this.#failedPasses = 0
    if (this.#isClosing) return
    if (message.copiedNow === 0) this.#lookLater()
    // The pass knows the log as it was when the pass began; what came meanwhile counts.
    const length = this.#checkpoint('NOOP')
    if (length === null) return
    const waiting = length.log - length.copied
    // Once every frame is in the file, the next transaction begins the log from its start again.
    const finishMax = length.log < longLogFrames ? finishFramesMax : finishLongFramesMax
    const fallsBehind = message.copiedNow > 0 && waiting >= waitingFramesMax
    if (waiting <= finishMax || fallsBehind) this.#checkpoint('PASSIVE')
    // Each pass is shorter than the last one, because less came while that one ran.
    else if (waiting < message.copiedNow / 2) this.#pass()
  }

  /** NOOP only tells; PASSIVE copies what it can without waiting for anybody. Null: it failed. */
  #checkpoint(mode: 'NOOP' | 'PASSIVE'): LogLength | null {
    try {
      return lengthOf(this.#session.statement(`PRAGMA wal_checkpoint(${mode})`).get()!)
    } catch (error) {
      if (isOfSync(error)) this.#endStore(String(error))
      else this.#couldNotMove(String(error))
      return null
    }
  }

  /** To try again at once would take the time of the calls, and fill the logs of the operator. */
  #couldNotMove(problem: string): void {
    this.#report(`the log could not be moved: ${problem}`)
    this.#lookLater()
  }

  #lookLater(): void {
    this.#looksAtMs = performance.now() + lookAgainMs
  }

  /** Nobody catches it: the storage thread ends, and with it the store (storage-thread.ts). */
  #endStore(problem: string): void {
    setImmediate(() => {
      throw new Error(`${unsyncedText} (${problem})`)
    })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Whether SQLite could not have something brought to the disk. */
export function isOfSync(error: unknown): boolean {
  return (error as { errcode?: number }).errcode === errorOfSync
}

/** What `PRAGMA wal_checkpoint` answers. */
export function lengthOf(row: Record<string, unknown>): LogLength {
  return { log: row['log'] as number, copied: row['checkpointed'] as number }
}
