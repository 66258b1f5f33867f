import type { MessagePort } from 'node:worker_threads'
import { HeadlockError } from '../../../domain/errors.ts'
import type { Millis } from '../../../domain/time.ts'
import type { AvailabilityNews, EndWatch, WatchQueue } from '../../params/waiting.ts'
import type { AnswerOf, OperationName, ParamsOf } from '../operations/index.ts'
import { FlatReader } from './encoding/flat-list.ts'
import { flatCallOf } from './encoding/frequent-calls.ts'
import { readReply } from './encoding/replies.ts'
import {
  type CallsMessage,
  newsMark,
  type RepliesMessage,
  type Reply,
  type WatchMessage,
  watchedMark,
} from './messages.ts'

/** A queue that this thread watches. */
interface Watched {
  readonly watches: Set<WatchQueue>
  /** Resolves when the storage thread has confirmed it. */
  readonly ready: Promise<void>
}

interface Waiting {
  readonly name: OperationName
  resolve(answer: unknown): void
  reject(error: Error): void
}

/**
 * Send at the latest when so many calls are gathered. A turn of the event loop that reads many connections
 * takes as long as a commit, and the storage thread would be idle meanwhile. With 16 there were 8% more single
 * adds and 15% more batches in a second than with 200.
 */
const gatheredMax = 16

/**
 * A thread's connection to the storage thread. A call is sent at once when no other is under way. Others are
 * sent in batches, at the latest at the end of the turn of the event loop.
 */
export class CallPort {
  readonly #port: MessagePort
  readonly #waiting = new Map<number, Waiting>()
  readonly #watched = new Map<string, Watched>()
  /** By the numbers of watches that are not confirmed yet. */
  readonly #unconfirmed = new Map<number, PromiseWithResolvers<void>>()
  #lastWatchNumber = 0
  #outbox: CallsMessage = []
  #lastCallNumber = 0
  /** The last call that was sent. The later ones are in the outbox. */
  #lastSentNumber = 0
  /** Why no more calls are accepted. Null while they are. */
  #endReason: string | null = null
  /** Called when no call waits any more. */
  #drained: () => void = () => {}
  readonly #flush = () => this.#send()

  constructor(port: MessagePort) {
    this.#port = port
    port.on('message', (replies: RepliesMessage) => this.#settleAll(replies))
    port.on('close', () => this.end('the store was closed'))
    // Waiting calls keep the process alive. The open port does not.
    port.unref()
  }

  call<Name extends OperationName>(name: Name, params: ParamsOf<Name>): Promise<AnswerOf<Name>> {
    return new Promise((resolve, reject) => {
      if (this.#endReason !== null) {
        reject(this.#endError())
        return
      }
      const number = this.#gather(name, params)
      const gatheredCount = number - this.#lastSentNumber
      if (this.#waiting.size === 0) this.#port.ref()
      this.#waiting.set(number, { name, resolve: resolve as Waiting['resolve'], reject })
      // The storage thread has nothing to do for this one: a lone caller need not wait for the turn to end.
      if (this.#waiting.size === 1) this.#send()
      else if (gatheredCount === 1) setImmediate(this.#flush)
      else if (gatheredCount === gatheredMax) this.#send()
    })
  }

  /** Resolves when it will tell of every change that is committed from now on. */
  async watch(watch: WatchQueue): Promise<EndWatch> {
    const { queueId } = watch
    const watched = this.#watched.get(queueId) ?? { watches: new Set(), ready: this.#beginWatch(queueId) }
    this.#watched.set(queueId, watched)
    watched.watches.add(watch)
    // Until then the storage thread may be in a transaction of whose changes it will not tell.
    await watched.ready
    return () => {
      if (!watched.watches.delete(watch) || watched.watches.size > 0) return
      this.#watched.delete(queueId)
      this.#post({ endWatch: queueId })
    }
  }

  #beginWatch(queueId: string): Promise<void> {
    if (this.#endReason !== null) return Promise.reject(this.#endError())
    const number = ++this.#lastWatchNumber
    const confirmed = Promise.withResolvers<void>()
    this.#unconfirmed.set(number, confirmed)
    this.#post({ watch: queueId, number })
    return confirmed.promise
  }

  #confirmWatch(number: number): void {
    this.#unconfirmed.get(number)?.resolve()
    this.#unconfirmed.delete(number)
  }

  #post(message: WatchMessage): void {
    this.#port.postMessage(message)
  }

  /** Refuses new calls, and resolves when all waiting calls are answered. */
  async drain(): Promise<void> {
    this.#send()
    this.#endReason ??= 'the store is closing'
    await new Promise<void>((resolve) => {
      this.#drained = resolve
      if (this.#waiting.size === 0) resolve()
    })
  }

  /** Refuses new calls and all waiting calls. */
  end(reason: string): void {
    // The first reason explains the later ones.
    this.#endReason ??= reason
    for (const { reject } of [...this.#waiting.values(), ...this.#unconfirmed.values()])
      reject(this.#endError())
    this.#waiting.clear()
    this.#unconfirmed.clear()
    this.#drained()
    this.#port.close()
  }

  #endError(): HeadlockError {
    return new HeadlockError('storeUnavailable', { problem: this.#endReason ?? 'the store was closed' })
  }

  /** Puts a call into the outbox. If it cannot be written, nothing of it remains there. */
  #gather(name: OperationName, params: unknown): number {
    const outbox = this.#outbox
    const lengthBefore = outbox.length
    try {
      outbox.push(this.#lastCallNumber + 1, name)
      flatCallOf(name).writeParams(outbox, params)
    } catch (error) {
      outbox.length = lengthBefore
      throw error
    }
    return ++this.#lastCallNumber
  }

  #send(): void {
    const firstNumber = this.#lastSentNumber + 1
    if (firstNumber > this.#lastCallNumber) return
    const calls = this.#outbox
    this.#outbox = []
    this.#lastSentNumber = this.#lastCallNumber
    try {
      this.#port.postMessage(calls)
    } catch (error) {
      // A value that cannot be sent to a thread, such as a function. That is a fault of ours, but it must not
      // end the process.
      for (let number = firstNumber; number <= this.#lastSentNumber; number++) {
        this.#settle(number, { failed: String(error) })
      }
    }
  }

  #settleAll(replies: RepliesMessage): void {
    const reader = new FlatReader(replies)
    while (!reader.isAtEnd) {
      const number = reader.next<number>()
      if (number === newsMark) {
        this.#tell(reader.next<string>(), {
          count: reader.next<number>(),
          inMs: reader.next<Millis | null>(),
        })
        continue
      }
      if (number === watchedMark) {
        this.#confirmWatch(reader.next<number>())
        continue
      }
      const waiting = this.#waiting.get(number)
      // All calls were refused meanwhile.
      if (waiting === undefined) return
      this.#settle(number, readReply(reader, waiting.name))
    }
  }

  #tell(queueId: string, news: AvailabilityNews): void {
    for (const { changed } of this.#watched.get(queueId)?.watches ?? []) changed(news)
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
