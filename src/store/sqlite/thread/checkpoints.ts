import { closeSync, openSync, writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { StoreFigures } from '../../store-figures.ts'
import type { Session } from '../session/session.ts'

/**
 * Start a pass when the log has so many new frames (pages of 4 KiB). A larger number copies pages that change
 * often less often.
 */
const passFramesMin = 4_000
/**
 * The writing thread copies so few frames in two milliseconds. It finishes a shorter rest itself, and the log
 * starts over.
 */
const finishFramesMax = 200
/**
 * For a log longer than this, the writing thread finishes a larger rest, which takes some twenty
 * milliseconds. Otherwise the log might never start over.
 */
const longLogFrames = 32_000
const finishLongFramesMax = 6_000
/**
 * If more frames than this arrive during a pass, the writing thread copies them itself. That bounds the log
 * if the passes cannot keep up. Frames that a backup held back do not count: one pass copies them, however
 * long it takes, while calls continue.
 */
const waitingFramesMax = 64_000

/**
 * If the log is longer than this, and so many passes in a row have failed, the writing thread copies all of
 * it itself.
 */
const logFramesMax = 128_000
const failedPassesMax = 3
/** SQLITE_IOERR_FSYNC */
const syncErrorCode = 1034
const unsyncedText =
  'What was copied into the database file may not be on the disk. Nothing is lost: it is in the log, and the next start ' +
  'copies it again. Check the disk, then start the server.'
/** How often to read the length of the log. Reading it costs about as much as a row. */
const readLengthEveryMs = 10
/** How long to wait after a copy that failed, or that a backup held back. */
const retryAfterMs = 1000

/** What the checkpoint thread is started with. */
export interface CheckpointThreadStart {
  readonly file: string
  /** A descriptor of the database file, to sync what was copied. */
  readonly fileDescriptor: number
}

/** The result of a pass: how many frames it copied, why it failed, or why what it copied is not on disk. */
export type PassMessage =
  | { readonly copiedNow: number; readonly syncMs: number }
  | { readonly failed: string }
  | { readonly unsynced: string }

/** How many frames the log has, and how many of them are in the database file. */
export interface LogLength {
  readonly log: number
  readonly copied: number
}

/**
 * Copies the write-ahead log into the database file without delaying calls. A thread of its own copies while
 * the writing thread continues, which only finishes the short rest. None of this decides what is durable: a
 * call is answered after its commit, and the commit is in the log on disk.
 *
 * A copy that fails, such as on a full disk, is reported and repeated after later commits. If the checkpoint
 * thread itself cannot work, the writing thread does its work.
 *
 * A copy that could not be synced ends the store. The system may have dropped the pages and report nothing
 * the next time, while SQLite believes that they were copied. The log still has all of them, and the next
 * start copies it from its beginning.
 */
export class Checkpoints {
  readonly #session: Session
  readonly #file: string
  /** Started when there is something to copy. Most small queues never need it. */
  #worker: Worker | null = null
  /**
   * Closed after every connection of the process. Closing any descriptor of a file drops the locks that the
   * process holds on it, including SQLite's.
   */
  readonly #fileDescriptor: number
  readonly #report: (problem: string) => void
  readonly #figures: StoreFigures
  #isPassing = false
  /** How many passes in a row have failed. */
  #failedPasses = 0
  #isUnsynced = false
  #isClosing = false
  #nextReadMs = 0
  /**
   * Whether the thread ended or could not be started, and the writing thread has not yet copied the log in
   * its place.
   */
  #isWithoutThread = false

  /** @param report called with a message after each failed copy */
  constructor(session: Session, file: string, report: (problem: string) => void, figures: StoreFigures) {
    this.#session = session
    this.#report = report
    this.#figures = figures
    session.statement('PRAGMA wal_autocheckpoint = 0').all()
    this.#file = file
    this.#fileDescriptor = openSync(file, 'r+')
  }

  /** Has to be called after commits, outside a transaction. */
  afterCommit(): void {
    const nowMs = performance.now()
    if (nowMs < this.#nextReadMs) return
    this.#nextReadMs = nowMs + readLengthEveryMs
    const length = this.#checkpoint('NOOP')
    if (length === null) return
    const waiting = length.log - length.copied
    const isFailing = this.#failedPasses >= failedPassesMax && length.log >= logFramesMax && !this.#isPassing
    const isReplacingThread = this.#isWithoutThread && waiting >= passFramesMin
    if (isFailing || isReplacingThread) {
      // Next time another thread is started. The reason for the failure may be gone by then.
      const after = this.#checkpoint('PASSIVE')
      if (after === null) return
      this.#isWithoutThread = false
      if (after.log - after.copied >= waiting) this.#postpone()
    } else if (waiting >= passFramesMin && !this.#isPassing) {
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
    this.#isPassing = true
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

  /** Forgets the thread and its running pass. */
  #lostThread(problem: string): void {
    this.#worker = null
    this.#isPassing = false
    this.#isWithoutThread = true
    this.#report(
      `${problem.replace(/\.$/, '')}; the log is moved without it, and another one is started later`,
    )
    this.#postpone()
  }

  /**
   * Waits for a running pass, because closing removes the log, and with it what the disk did not keep.
   *
   * @param closeConnection closes the writing connection, which has to be the last one of the process
   */
  async close(closeConnection: () => void): Promise<void> {
    this.#isClosing = true
    if (this.#isPassing)
      await new Promise<void>((ended) => this.#worker!.once('message', ended).once('exit', ended))
    if (this.#isUnsynced) {
      // Every other way to end closes connections, and so removes the log.
      writeSync(2, `${unsyncedText}\n`)
      process.kill(process.pid, 'SIGKILL')
    }
    await this.#worker?.terminate()
    closeConnection()
    closeSync(this.#fileDescriptor)
  }

  #passed(message: PassMessage): void {
    this.#isPassing = false
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
    this.#figures.checkpointed(message.syncMs)
    if (this.#isClosing) return
    if (message.copiedNow === 0) this.#postpone()
    // The pass saw the log as it was when the pass began. Read its length now.
    const length = this.#checkpoint('NOOP')
    if (length === null) return
    const waiting = length.log - length.copied
    // Once every frame is in the file, the next transaction starts the log over.
    const finishMax = length.log < longLogFrames ? finishFramesMax : finishLongFramesMax
    const fallsBehind = message.copiedNow > 0 && waiting >= waitingFramesMax
    if (waiting <= finishMax || fallsBehind) this.#checkpoint('PASSIVE')
    // Each pass is shorter than the last one, because less was written during that one.
    else if (waiting < message.copiedNow / 2) this.#pass()
  }

  /**
   * NOOP only reads the length. PASSIVE copies what it can without waiting for anybody. Null if it failed.
   */
  #checkpoint(mode: 'NOOP' | 'PASSIVE'): LogLength | null {
    try {
      return lengthOf(this.#session.statement(`PRAGMA wal_checkpoint(${mode})`).get()!)
    } catch (error) {
      if (isSyncError(error)) this.#endStore(String(error))
      else this.#couldNotMove(String(error))
      return null
    }
  }

  /**
   * Waits before the next attempt. Repeating at once would take the time of calls and fill the operator's
   * logs.
   */
  #couldNotMove(problem: string): void {
    this.#report(`the log could not be moved: ${problem}`)
    this.#postpone()
  }

  #postpone(): void {
    this.#nextReadMs = performance.now() + retryAfterMs
  }

  /** Nothing catches this error. So the storage thread ends, and with it the store (storage-thread.ts). */
  #endStore(problem: string): void {
    setImmediate(() => {
      throw new Error(`${unsyncedText} (${problem})`)
    })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Whether SQLite failed to sync something to disk. */
export function isSyncError(error: unknown): boolean {
  return (error as { errcode?: number }).errcode === syncErrorCode
}

/** Parses the answer of `PRAGMA wal_checkpoint`. */
export function lengthOf(row: Record<string, unknown>): LogLength {
  return { log: row['log'] as number, copied: row['checkpointed'] as number }
}
