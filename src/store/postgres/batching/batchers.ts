import { HeadlockError } from '../../../domain/errors.ts'
import type { Millis } from '../../../domain/time.ts'
import {
  type AnswerOf,
  bytesOf,
  type ParamsOf,
  type QueueOperationName,
  rowsOf,
} from '../../operations/index.ts'
import type { QueueTally } from '../../series/queue-tally.ts'
import type { StoreFigures } from '../../store-figures.ts'
import type { PostgresClock } from '../clock.ts'
import type { Database } from '../connection/pool.ts'
import { retryMsMax } from '../connection/retries.ts'
import type { FigureSaves } from '../series/save-figures.ts'
import { channelOf } from '../waiting/news-channel.ts'
import { QueueBatcher } from './queue-batcher.ts'
import type { ReadNotes } from './read-notes.ts'
import { type QueueCall, runTransaction } from './transaction.ts'

/** Bounds the memory that waiting calls take. */
const bytesWaitingMax = 256_000_000
/** Bounds how many calls wait. The next call is refused at once, instead of after a long wait. */
const callsWaitingMax = 10_000
/** How often to look for calls that have waited too long. */
const sweepEveryMs = 500

/**
 * Gives each call to the batcher of its queue. Waiting calls on one queue share the next transaction. Calls
 * on different queues compete only for connections. The number and size of all waiting calls is bounded.
 */
export class Batchers {
  readonly #database: Database
  readonly #clock: PostgresClock
  readonly #notes: ReadNotes
  readonly #figures: StoreFigures
  readonly #queueFigures: Pick<FigureSaves, 'add'>
  readonly #building: () => void
  readonly #batchers = new Map<string, QueueBatcher>()
  readonly #sweepTimer: NodeJS.Timeout
  /** Where transactions tell waiting callers what has changed. */
  readonly #channelName: string
  #waitingCount = 0
  #waitingBytes = 0
  #closed = false
  #idle: () => void = () => {}

  /**
   * @param queueFigures where committed transactions add what they have done (14.8)
   * @param building called when a policy is stored that is not in force for every request yet
   */
  constructor(
    database: Database,
    clock: PostgresClock,
    notes: ReadNotes,
    figures: StoreFigures,
    queueFigures: Pick<FigureSaves, 'add'>,
    building: () => void,
  ) {
    this.#database = database
    this.#clock = clock
    this.#notes = notes
    this.#channelName = channelOf(database.schema)
    this.#figures = figures
    this.#queueFigures = queueFigures
    this.#building = building
    this.#sweepTimer = setInterval(() => this.#sweep(), sweepEveryMs)
    this.#sweepTimer.unref()
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
   * Writes the access times and statistics of reads that wait for a transaction. It also waits for those that
   * another transaction is writing, because it needs the lock on the queue. If it fails, they wait for the
   * next transaction.
   */
  async save(queueId: string): Promise<void> {
    await this.#database.use((client) =>
      runTransaction(client, this.#clock, this.#notes, queueId, [], {
        isCluster: this.#database.isCluster,
        save: true,
      }),
    )
  }

  /**
   * Does the next step of a policy that is coming into force, if there is one.
   *
   * @param size how many requests or groups it does
   * @returns how long it held the queue
   */
  async build(queueId: string, size: number): Promise<Millis> {
    let lockedAt = performance.now()
    await this.#database.use((client) =>
      runTransaction(client, this.#clock, this.#notes, queueId, [], {
        isCluster: this.#database.isCluster,
        channel: this.#channel,
        counted: this.#counting(queueId),
        build: size,
        locked: () => {
          lockedAt = performance.now()
        },
      }),
    )
    return performance.now() - lockedAt
  }

  /** Makes the next handled requests of a queue pending whose time has come. Returns whether there may have been any. */
  async revisit(queueId: string): Promise<boolean> {
    let wasDue = false
    await this.#database.use((client) =>
      runTransaction(client, this.#clock, this.#notes, queueId, [], {
        isCluster: this.#database.isCluster,
        channel: this.#channel,
        counted: this.#counting(queueId),
        revisit: (isDue) => {
          wasDue = isDue
        },
      }),
    )
    return wasDue
  }

  /** Refuses new calls, and resolves when all waiting calls are answered. */
  async close(): Promise<void> {
    this.#closed = true
    await new Promise<void>((resolve) => {
      this.#idle = resolve
      if (this.#waitingCount === 0) resolve()
    })
    clearInterval(this.#sweepTimer)
  }

  /** Servers look for changes themselves on a cluster (waiting/poller.ts). */
  get #channel(): string | null {
    return this.#database.isCluster ? null : this.#channelName
  }

  #counting(queueId: string): (tally: QueueTally, now: Millis) => void {
    return (tally, now) => {
      this.#queueFigures.add(queueId, now, tally)
      this.#figures.did(tally)
    }
  }

  #batcherOf(queueId: string): QueueBatcher {
    let batcher = this.#batchers.get(queueId)
    if (batcher === undefined) {
      batcher = new QueueBatcher({
        run: (calls, locked) =>
          this.#database.use((client) =>
            runTransaction(client, this.#clock, this.#notes, queueId, calls, {
              isCluster: this.#database.isCluster,
              channel: this.#channel,
              locked,
              building: this.#building,
              counted: this.#counting(queueId),
              committed: (commitMs) => this.#figures.committed(calls.length, commitMs),
            }),
          ),
        mayStartAhead: () => this.#database.hasSpareConnection,
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
    for (const batcher of this.#batchers.values()) batcher.rejectOlderThan(before)
  }
}
