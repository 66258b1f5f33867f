import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { fromThread } from '../../../domain/operator-error.ts'
import type { ControlMessage, ProblemMessage, ReadyMessage, ThreadStart } from './messages.ts'

export interface ThreadWatch {
  /** Background work of the thread failed. It continues, and tries again. */
  problem(problem: string): void
  /** The thread failed and ended. */
  failed(error: Error): void
}

/** Starts and stops the storage thread, and creates ports to it. */
export class StorageThread {
  /** The store's time, for threads that read. */
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
   * Resolves when the file is open and migrated. Rejects with the error of the thread.
   *
   * @param watch called about later events
   */
  static start(start: ThreadStart, watch: ThreadWatch): Promise<StorageThread> {
    const self = import.meta.url
    const worker = new Worker(
      new URL(self.endsWith('.ts') ? './storage.worker.ts' : './storage.worker.js', self),
      {
        workerData: start,
        name: 'headlock-storage',
        // Bounds V8's memory for young objects. More would not make it faster.
        resourceLimits: { maxYoungGenerationSizeMb: 16 },
      },
    )
    return new Promise((resolve, reject) => {
      // Rejects only after the thread has exited and released the file.
      const refuse = (error: Error) => worker.once('exit', () => reject(fromThread(error)))
      worker.once('error', refuse)
      worker.once('message', ({ clockCell }: ReadyMessage) => {
        worker.off('error', refuse)
        resolve(new StorageThread(worker, clockCell, watch))
      })
    })
  }

  /** Creates a port for one thread that makes calls. It may be transferred. */
  connect(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    const message: ControlMessage = { connect: port1 }
    this.#worker.postMessage(message, [port1])
    return port2
  }

  /** Answers the waiting calls, then stops the thread. */
  async close(): Promise<void> {
    const message: ControlMessage = 'close'
    this.#worker.postMessage(message)
    await this.#exited
  }
}
