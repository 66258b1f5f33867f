import { Worker } from 'node:worker_threads'
import { HeadlockError } from '../../domain/errors.ts'
import type { CallMessage, FromThread, Reply, ThreadStart, ToThread } from './messages.ts'
import type { OperationName } from './operations/index.ts'

interface Waiting {
  resolve(answer: unknown): void
  reject(error: Error): void
}

/** This side of the storage thread: calls go over in batches, one for each turn of the event loop. */
export class StorageThread {
  /** The store's time, for whoever reads beside the thread. */
  readonly clockCell: SharedArrayBuffer
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #outbox: CallMessage[] = []
  #lastCallNumber = 0
  /** Why no more calls are taken. */
  #ended: string | null = null
  readonly #exited: Promise<void>

  private constructor(worker: Worker, clockCell: SharedArrayBuffer) {
    this.#worker = worker
    this.clockCell = clockCell
    worker.on('message', (message: FromThread) => {
      if (message.kind === 'replies')
        for (const [number, reply] of message.replies) this.#settle(number, reply)
    })
    worker.on('error', (error) => this.#end(`the storage thread failed: ${error.message}`))
    this.#exited = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#end('the store was closed')
        resolve()
      })
    })
  }

  /** Resolves when the file is open and migrated; rejects with what the thread could not do. */
  static start(start: ThreadStart): Promise<StorageThread> {
    const self = import.meta.url
    const worker = new Worker(new URL(self.endsWith('.ts') ? './thread.ts' : './thread.js', self), {
      workerData: start,
      name: 'headlock-storage',
    })
    return new Promise((resolve, reject) => {
      worker.once('error', reject)
      worker.once('message', (message: FromThread) => {
        worker.off('error', reject)
        if (message.kind === 'ready') resolve(new StorageThread(worker, message.clockCell))
        else reject(new Error(`The storage thread said ${message.kind} before it was ready`))
      })
    })
  }

  call(name: OperationName, ask: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) {
        reject(new HeadlockError('storeUnavailable', { problem: this.#ended }))
        return
      }
      const number = ++this.#lastCallNumber
      this.#waiting.set(number, { resolve, reject })
      if (this.#outbox.push([number, name, ask]) === 1) setImmediate(() => this.#flush())
    })
  }

  /** Answers what waits, then ends. */
  async close(): Promise<void> {
    if (this.#ended === null) {
      this.#flush()
      this.#ended = 'the store is closing'
      this.#post('close')
    }
    await this.#exited
  }

  #flush(): void {
    if (this.#outbox.length === 0) return
    const calls = this.#outbox
    this.#outbox = []
    this.#post(calls)
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message)
  }

  #settle(number: number, reply: Reply): void {
    const waiting = this.#waiting.get(number)!
    this.#waiting.delete(number)
    if ('answer' in reply) waiting.resolve(reply.answer)
    else if ('refused' in reply) waiting.reject(new HeadlockError(reply.refused, reply.values))
    else waiting.reject(new Error(`The storage thread failed: ${reply.failed}`))
  }

  #end(reason: string): void {
    this.#ended = reason
    for (const { reject } of this.#waiting.values()) {
      reject(new HeadlockError('storeUnavailable', { problem: reason }))
    }
    this.#waiting.clear()
  }
}
