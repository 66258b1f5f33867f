import { Worker } from 'node:worker_threads'
import type { Session } from './session.ts'

/** From so much log on (pages of 4 KiB) a pass is worth its work: pages that changed again and again are copied once. */
const passFramesMin = 4_000
/** So little is left after a pass that the writing thread can finish it in a few milliseconds, and the log starts anew. */
const finishFramesMax = 800
/** Longer the log shall not be: then the writing thread finishes the rest after a pass, however much it is. */
const logFramesMax = 32_000
/** So far the copy may fall behind before the writing thread does it itself: a bound if the passes cannot keep up. */
const waitingFramesMax = 64_000

/** What a pass says. */
export type PassMessage = CheckpointResult | { readonly failed: string }

/** What one pass did: the frames in the log, and how many of them are in the database file. */
export interface CheckpointResult {
  readonly log: number
  readonly copied: number
}

/**
 * Moves the write-ahead log into the database file off the path of the calls: a thread of its own copies while the
 * writing thread goes on, which finishes only the short rest that came meanwhile. Nothing of it decides what is
 * durable; a call is answered after its commit, and the commit is in the log and on the disk. A copy that fails (a full
 * disk, say) is reported, and tried again after the next commits.
 */
export class Checkpoints {
  readonly #session: Session
  readonly #worker: Worker
  readonly #report: (problem: string) => void
  #passing = false
  #failed = false

  /** @param report is told of every copy that failed, in words */
  constructor(session: Session, file: string, report: (problem: string) => void) {
    this.#session = session
    this.#report = report
    session.statement('PRAGMA wal_autocheckpoint = 0').all()
    const self = import.meta.url
    this.#worker = new Worker(
      new URL(self.endsWith('.ts') ? './checkpoint-thread.ts' : './checkpoint-thread.js', self),
      { workerData: file, name: 'headlock-checkpoints' },
    )
    this.#worker.on('message', (message: PassMessage) => this.#passed(message))
    // Without its thread the log is still moved, by the writing thread when it has grown long.
    this.#worker.on('error', (error) => {
      this.#failed = true
      report(`the thread that moves the log ended: ${error.message}`)
    })
    this.#worker.unref()
  }

  /** To be called after commits, outside a transaction. */
  afterCommit(): void {
    const length = this.#checkpoint('NOOP')
    if (length === null) return
    const waiting = length.log - length.copied
    if (waiting >= waitingFramesMax || (this.#failed && waiting >= passFramesMin)) {
      this.#checkpoint('PASSIVE')
    } else if (waiting >= passFramesMin && !this.#passing && !this.#failed) {
      this.#passing = true
      this.#worker.postMessage('pass')
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #passed(message: PassMessage): void {
    this.#passing = false
    if ('failed' in message) {
      this.#report(`the log could not be moved: ${message.failed}`)
      return
    }
    const { log, copied } = message
    // Once every frame is in the file, the next transaction begins the log from its start again.
    if (log - copied <= finishFramesMax || log >= logFramesMax) this.#checkpoint('PASSIVE')
  }

  /** NOOP only tells; PASSIVE copies what it can without waiting for anybody. Null: it failed. */
  #checkpoint(mode: 'NOOP' | 'PASSIVE'): CheckpointResult | null {
    try {
      const row = this.#session.statement(`PRAGMA wal_checkpoint(${mode})`).get()!
      return { log: row['log'] as number, copied: row['checkpointed'] as number }
    } catch (error) {
      this.#report(`the log could not be moved: ${String(error)}`)
      return null
    }
  }
}
