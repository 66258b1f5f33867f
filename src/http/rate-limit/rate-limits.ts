import type { Store } from '../../store/store.ts'
import { queueAddress } from '../api/queue-address.ts'
import type { RateTable } from './rate-table.ts'

/**
 * The classes of calls that have a rate of their own on the hosted API (rule 9.7): those on one request or
 * one lock, those on many, and all others.
 */
export type RateClass = 'single' | 'batch' | 'rest'

export interface RateLimits {
  /** What `X-RateLimit-Limit` says: calls per second. */
  limitOf(rateClass: RateClass): string
  /**
   * Takes one call out of this second's budget of a queue, which is the same however the queue is addressed. All queues that are
   * not there share one budget of the user: who invents addresses gets no more calls by it.
   *
   * @param queue as it stands in the path; empty for calls that name none, which share one budget of the user
   * @returns false when nothing is left; a promise where the queue has to be looked up first
   */
  take(rateClass: RateClass, userId: string, queue: string): boolean | Promise<boolean>
}

export const rateLimitHeader = 'x-ratelimit-limit'

/** The default: take what comes, and say so with a number that no client reaches. */
export const unlimited: RateLimits = {
  limitOf: () => '1000000',
  take: () => true,
}

const hostedPerSecond: Record<RateClass, number> = { single: 400, batch: 40, rest: 60 }

/** Stands for every queue that is not there. No address is like it. */
const nowhere = '?'
/** So many addresses are remembered at a time; all are looked up once more when there are too many. */
const rememberedMax = 10_000

/** The rates of the hosted API, counted anew in each second, by all threads together that share a table. */
export class HostedRateLimits implements RateLimits {
  readonly #store: Pick<Store, 'findQueueId'>
  readonly #now: () => number
  readonly #table: RateTable
  /** The IDs of queues that were looked up in this second, by user and address: those that are there alone. */
  readonly #found = new Map<string, string>()
  #second = 0

  /** @param now milliseconds from any beginning, the same for all threads */
  constructor(store: Pick<Store, 'findQueueId'>, now: () => number, table: RateTable) {
    this.#store = store
    this.#now = now
    this.#table = table
  }

  limitOf(rateClass: RateClass): string {
    return String(hostedPerSecond[rateClass])
  }

  take(rateClass: RateClass, userId: string, queue: string): boolean | Promise<boolean> {
    // Not 0, which is what an entry says that was never used.
    const second = Math.floor(this.#now() / 1000) + 1
    if (second !== this.#second || this.#found.size >= rememberedMax) {
      this.#second = second
      this.#found.clear()
    }
    if (queue === '') return this.#count(rateClass, userId, queue, second)
    const key = `${userId} ${queue}`
    const found = this.#found.get(key)
    if (found !== undefined) return this.#count(rateClass, userId, found, second)
    return this.#store.findQueueId({ userId, queue: queueAddress(queue) }).then((queueId) => {
      if (queueId !== null) this.#found.set(key, queueId)
      return this.#count(rateClass, userId, queueId ?? nowhere, second)
    })
  }

  #count(rateClass: RateClass, userId: string, queueId: string, second: number): boolean {
    return this.#table.take(`${rateClass} ${userId} ${queueId}`, second, hostedPerSecond[rateClass])
  }
}
