import type { MessagePort } from 'node:worker_threads'
import { HeadlockError } from '../../../domain/errors.ts'
import type { AnswerOf, OperationName, ParamsOf } from '../operations/index.ts'
import type { CallMessage, RepliesMessage, Reply } from './messages.ts'

interface Waiting {
  resolve(answer: unknown): void
  reject(error: Error): void
}

/**
 * So many calls go over at the latest: a turn of the event loop takes long where thousands of connections have something to
 * say, and the storage thread would have nothing to do meanwhile.
 */
const gatheredMax = 200

/** A thread's way to the storage thread: calls go over in batches, one for each turn of the event loop. */
export class CallPort {
  readonly #port: MessagePort
  readonly #waiting = new Map<number, Waiting>()
  #outbox: CallMessage[] = []
  #lastCallNumber = 0
  /** Why no more calls are taken. */
  #ended: string | null = null
  /** Told when nothing waits any more. */
  #drained: () => void = () => {}
  readonly #flush = () => this.#send()

  constructor(port: MessagePort) {
    this.#port = port
    port.on('message', (replies: RepliesMessage) => {
      for (const [number, reply] of replies) this.#settle(number, reply)
    })
    port.on('close', () => this.end('the store was closed'))
    // Calls keep the process alive, the open port does not.
    port.unref()
  }

  call<Name extends OperationName>(name: Name, params: ParamsOf<Name>): Promise<AnswerOf<Name>> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) {
        reject(new HeadlockError('storeUnavailable', { problem: this.#ended }))
        return
      }
      const number = ++this.#lastCallNumber
      if (this.#waiting.size === 0) this.#port.ref()
      this.#waiting.set(number, { resolve: resolve as Waiting['resolve'], reject })
      const gathered = this.#outbox.push([number, name, params])
      if (gathered === 1) setImmediate(this.#flush)
      else if (gathered === gatheredMax) this.#send()
    })
  }

  /** Takes no more calls; resolves when those that wait were answered. */
  async drain(): Promise<void> {
    this.#send()
    this.#ended ??= 'the store is closing'
    await new Promise<void>((resolve) => {
      this.#drained = resolve
      if (this.#waiting.size === 0) resolve()
    })
  }

  /** Takes no more calls, and refuses those that wait. */
  end(reason: string): void {
    // The first reason is the one that explains the others.
    this.#ended ??= reason
    for (const { reject } of this.#waiting.values()) {
      reject(new HeadlockError('storeUnavailable', { problem: this.#ended }))
    }
    this.#waiting.clear()
    this.#drained()
    this.#port.close()
  }

  #send(): void {
    if (this.#outbox.length === 0) return
    const calls = this.#outbox
    this.#outbox = []
    try {
      this.#port.postMessage(calls)
    } catch (error) {
      // Something that cannot cross, a function say: a mistake of ours that must not take the process with it.
      for (const [number] of calls) this.#settle(number, { failed: String(error) })
    }
  }

  #settle(number: number, reply: Reply): void {
    const waiting = this.#waiting.get(number)
    if (waiting === undefined) return
    this.#waiting.delete(number)
    if (this.#waiting.size === 0) {
      this.#port.unref()
      this.#drained()
    }
    if ('answer' in reply) waiting.resolve(reply.answer)
    else if ('refused' in reply) waiting.reject(new HeadlockError(reply.refused, reply.values))
    else waiting.reject(new Error(`The storage thread failed: ${reply.failed}`))
  }
}
