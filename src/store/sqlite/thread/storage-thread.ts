import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { fromThread } from '../../../domain/operator-error.ts'
import type { ControlMessage, ProblemMessage, ReadyMessage, ThreadStart } from './messages.ts'

export interface ThreadWatch {
  /** Something the thread does of itself failed; it goes on, and tries again. */
  problem(problem: string): void
  /** The thread ended by a failure of its own. */
  failed(error: Error): void
}

/** Starts and ends the storage thread, and gives out ports to it. */
export class StorageThread {
  /** The store's time, for whoever reads beside the thread. */
  readonly clockCell: SharedArrayBuffer
  readonly #worker: Worker
  readonly #exited: Promise<void>

  private constructor(worker: Worker, clockCell: SharedArrayBuffer, watch: ThreadWatch) {
    this.#worker = worker
    this.clockCell = clockCell
    worker.on('message', ({ problem }: ProblemMessage) => watch.problem(problem))
    worker.on('error', (error) => watch.failed(error))
    this.#exited = new Promise((resolve) => worker.on('exit', () => resolve()))
  }

  /**
   * Resolves when the file is open and migrated; rejects with what the thread could not do.
   *
   * @param watch is told what happens later on
   */
  static start(start: ThreadStart, watch: ThreadWatch): Promise<StorageThread> {
    const self = import.meta.url
    const worker = new Worker(
      new URL(self.endsWith('.ts') ? './storage.worker.ts' : './storage.worker.js', self),
      {
        workerData: start,
        name: 'headlock-storage',
        // Bounds what V8 keeps for young objects; more would be memory without speed.
        resourceLimits: { maxYoungGenerationSizeMb: 16 },
      },
    )
    return new Promise((resolve, reject) => {
      // When it is gone, and no longer has the file.
      const refuse = (error: Error) => worker.once('exit', () => reject(fromThread(error)))
      worker.once('error', refuse)
      worker.once('message', ({ clockCell }: ReadyMessage) => {
        worker.off('error', refuse)
        resolve(new StorageThread(worker, clockCell, watch))
      })
    })
  }

  /** A port for one thread that makes calls; it may be transferred. */
  connect(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    const message: ControlMessage = { connect: port1 }
    this.#worker.postMessage(message, [port1])
    return port2
  }

  /** Answers what waits, then ends. */
  async close(): Promise<void> {
    const message: ControlMessage = 'close'
    this.#worker.postMessage(message)
    await this.#exited
  }
}
