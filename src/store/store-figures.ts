import { type Counter, type FigureShare, Figures, type Gauge, type Histogram } from '../figures/figures.ts'
import type { QueueTally } from './series/queue-tally.ts'

/** The connections of a thread to PostgreSQL. */
export interface PoolState {
  /** Open connections that a call uses. */
  readonly busy: number
  readonly idle: number
  /** Calls that wait for a connection. */
  readonly waiting: number
}

/** The counts of a tally that are figures of the server. */
const events = ['added', 'handedOut', 'handled', 'givenBack', 'failed'] as const

/** What the stores measure about their transactions and connections. */
export class StoreFigures {
  readonly #transactionCalls: Histogram
  readonly #commitMs: Histogram
  readonly #syncMs: Histogram
  readonly #checkpointSyncMs: Histogram
  readonly #requests: { readonly [Event in (typeof events)[number]]: Counter }
  readonly #pool: { readonly [Part in keyof PoolState]: Gauge }

  constructor(share: FigureShare | undefined) {
    const figures = new Figures(share)
    this.#transactionCalls = figures.histogram('transactionCalls', {})
    this.#commitMs = figures.histogram('commitMs', {})
    this.#syncMs = figures.histogram('syncMs', {})
    this.#checkpointSyncMs = figures.histogram('checkpointSyncMs', {})
    this.#requests = {
      added: figures.counter('requests', { event: 'added' }),
      handedOut: figures.counter('requests', { event: 'handed_out' }),
      handled: figures.counter('requests', { event: 'handled' }),
      givenBack: figures.counter('requests', { event: 'given_back' }),
      failed: figures.counter('requests', { event: 'failed' }),
    }
    this.#pool = {
      busy: figures.gauge('poolConnections', { state: 'busy' }),
      idle: figures.gauge('poolConnections', { state: 'idle' }),
      waiting: figures.gauge('poolWaiting', {}),
    }
  }

  /**
   * Counts a committed transaction.
   *
   * @param syncMs the part of the commit that waited for the disk, if that is known
   */
  committed(callCount: number, commitMs: number, syncMs?: number): void {
    this.#transactionCalls.observe(callCount)
    this.#commitMs.observe(commitMs)
    if (syncMs !== undefined) this.#syncMs.observe(syncMs)
  }

  /** Counts what a committed transaction has done in a queue. */
  did(tally: QueueTally): void {
    for (const event of events) this.#requests[event].add(tally[event])
  }

  /** Counts that the database file was synced after a part of the log was copied into it. */
  checkpointed(syncMs: number): void {
    this.#checkpointSyncMs.observe(syncMs)
  }

  pool({ busy, idle, waiting }: PoolState): void {
    this.#pool.busy.set(busy)
    this.#pool.idle.set(idle)
    this.#pool.waiting.set(waiting)
  }
}
