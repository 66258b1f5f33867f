import { HeadlockError } from '../../../domain/errors.ts'
import {
  type AnswerOf,
  bytesOf,
  type ParamsOf,
  type QueueOperationName,
  rowsOf,
} from '../../operations/index.ts'
import type { StoreFigures } from '../../store-figures.ts'
import type { PostgresClock } from '../clock.ts'
import type { Database } from '../connection/pool.ts'
import { retryMsMax } from '../connection/retries.ts'
import { QueueBatcher } from './queue-batcher.ts'
import type { ReadNotes } from './read-notes.ts'
import { type QueueCall, runTransaction } from './transaction.ts'

/** So much waits at the most. */
const bytesWaitingMax = 256_000_000
/** So many calls wait at the most; the next one is refused at once instead of after a long wait. */
const callsWaitingMax = 10_000
/** How often calls that have waited too long are looked for. */
const sweepEveryMs = 500

/**
 * The way of calls to their queue: each queue has a batcher of its own, in which those that wait share the next transaction;
 * calls of different queues do not wait for each other but for a connection. There is an end to what waits in all.
 */
export class Batchers {
  readonly #database: Database
  readonly #clock: PostgresClock
  readonly #notes: ReadNotes
  readonly #figures: StoreFigures
  readonly #batchers = new Map<string, QueueBatcher>()
  readonly #sweeping: NodeJS.Timeout
  #waitingCount = 0
  #waitingBytes = 0
  #closed = false
  #idle: () => void = () => {}

  constructor(database: Database, clock: PostgresClock, notes: ReadNotes, figures: StoreFigures) {
    this.#database = database
    this.#clock = clock
    this.#notes = notes
    this.#figures = figures
    this.#sweeping = setInterval(() => this.#sweep(), sweepEveryMs)
    this.#sweeping.unref()
  }

  call<Name extends QueueOperationName>(
    queueId: string,
    name: Name,
    params: ParamsOf<Name>,
  ): Promise<AnswerOf<Name>> {
    return new Promise((resolve, reject) => {
      const bytes = bytesOf(name, params)
      const isFull = this.#waitingCount >= callsWaitingMax || this.#waitingBytes + bytes > bytesWaitingMax
      if (this.#closed || isFull) {
        const problem = this.#closed
          ? 'the store is closing'
          : `${this.#waitingCount} calls wait for the database already`
        reject(new HeadlockError('storeUnavailable', { problem }))
        return
      }
      this.#waitingCount++
      this.#waitingBytes += bytes
      const settled = () => {
        this.#waitingBytes -= bytes
        if (--this.#waitingCount === 0) this.#idle()
      }
      this.#batcherOf(queueId).push({
        name,
        params: params as QueueCall['params'],
        bytes,
        rows: rowsOf(name, params),
        calledAt: performance.now(),
        resolve(answer) {
          settled()
          resolve(answer as AnswerOf<Name>)
        },
        reject(error) {
          settled()
          reject(error)
        },
      })
    })
  }

  /**
   * Writes what reads have left behind, also what another transaction has taken just now: the queue is for one at a time. Where it
   * fails, the notes stay for the next one.
   */
  async save(queueId: string): Promise<void> {
    await this.#database.use((client) =>
      runTransaction(client, this.#clock, this.#notes, queueId, [], {
        isCluster: this.#database.isCluster,
        save: true,
      }),
    )
  }

  /** Takes no more calls; resolves when those that wait were answered. */
  async close(): Promise<void> {
    this.#closed = true
    await new Promise<void>((resolve) => {
      this.#idle = resolve
      if (this.#waitingCount === 0) resolve()
    })
    clearInterval(this.#sweeping)
  }

  #batcherOf(queueId: string): QueueBatcher {
    let batcher = this.#batchers.get(queueId)
    if (batcher === undefined) {
      batcher = new QueueBatcher({
        run: (calls, locked) =>
          this.#database.use((client) =>
            runTransaction(client, this.#clock, this.#notes, queueId, calls, {
              isCluster: this.#database.isCluster,
              locked,
              committed: (commitMs) => this.#figures.committed(calls.length, commitMs),
            }),
          ),
        mayWaitAhead: () => this.#database.hasOneToSpare,
        emptied: () => {
          if (this.#batchers.get(queueId) === batcher) this.#batchers.delete(queueId)
        },
      })
      this.#batchers.set(queueId, batcher)
    }
    return batcher
  }

  #sweep(): void {
    const before = performance.now() - retryMsMax
    for (const batcher of this.#batchers.values()) batcher.giveUp(before)
  }
}
