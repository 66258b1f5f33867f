import { Worker } from 'node:worker_threads'
import type { Session } from './session.ts'

/** From so much log on (pages of 4 KiB) a pass is worth its work: pages that changed again and again are copied once. */
const passFramesMin = 4_000
/** So little is left after a pass that the writing thread can finish it in a few milliseconds, and the log starts anew. */
const finishFramesMax = 800
/** So long the log must not grow, even if the passes cannot keep up: then the writing thread waits for the copy. */
const logFramesMax = 64_000

/** What one pass did: the frames in the log, and how many of them are in the database file. */
export interface CheckpointResult {
  readonly log: number
  readonly copied: number
}

/**
 * Moves the write-ahead log into the database file off the path of the calls: a thread of its own copies while the
 * writing thread goes on, which finishes only the short rest that came meanwhile. Nothing of it decides what is
 * durable; a call is answered after its commit, and the commit is in the log and on the disk.
 */
export class Checkpoints {
  readonly #session: Session
  readonly #worker: Worker
  #passing = false
  #failed = false

  constructor(session: Session, file: string) {
    this.#session = session
    session.statement('PRAGMA wal_autocheckpoint = 0').all()
    const self = import.meta.url
    this.#worker = new Worker(
      new URL(self.endsWith('.ts') ? './checkpoint-thread.ts' : './checkpoint-thread.js', self),
      { workerData: file, name: 'headlock-checkpoints' },
    )
    this.#worker.on('message', (result: CheckpointResult) => this.#passed(result))
    // Without its thread the log is still moved, by the writing thread when it has grown long.
    this.#worker.on('error', () => {
      this.#failed = true
    })
    this.#worker.unref()
  }

  /** To be called after commits, outside a transaction. */
  afterCommit(): void {
    const { log, copied } = checkpoint(this.#session, 'NOOP')
    const waiting = log - copied
    if (waiting >= logFramesMax || (this.#failed && waiting >= passFramesMin)) {
      checkpoint(this.#session, 'PASSIVE')
    } else if (waiting >= passFramesMin && !this.#passing && !this.#failed) {
      this.#passing = true
      this.#worker.postMessage('pass')
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #passed({ log, copied }: CheckpointResult): void {
    this.#passing = false
    // Once every frame is in the file, the next transaction begins the log from its start again.
    if (log - copied <= finishFramesMax) checkpoint(this.#session, 'PASSIVE')
  }
}

/** NOOP only tells; PASSIVE copies what it can without waiting for anybody. */
function checkpoint(session: Session, mode: 'NOOP' | 'PASSIVE'): CheckpointResult {
  const row = session.statement(`PRAGMA wal_checkpoint(${mode})`).get()!
  return { log: row['log'] as number, copied: row['checkpointed'] as number }
}
