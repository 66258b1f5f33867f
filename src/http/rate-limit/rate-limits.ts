import type { Store } from '../../store/store.ts'
import { queueAddress } from '../api/queue-address.ts'
import type { RateTable } from './rate-table.ts'

/**
 * The classes of calls that have their own rate on the hosted API (rule 9.7): calls on one request or one lock, calls on
 * many, and all other calls.
 */
export type RateClass = 'single' | 'batch' | 'rest'

export interface RateLimits {
  /** Calls per second, for the header `X-RateLimit-Limit`. */
  limitOf(rateClass: RateClass): string
  /**
   * Takes one call out of a queue's budget for this second. All addresses of a queue share its budget. All addresses without a
   * queue share one budget per user, so that inventing addresses gives nobody more calls.
   *
   * @param queue the address in the path; empty for calls without a queue, which share one budget per user
   * @returns false when the budget is used up; a promise when the queue has to be looked up first
   */
  take(rateClass: RateClass, userId: string, queue: string): boolean | Promise<boolean>
}

export const rateLimitHeader = 'x-ratelimit-limit'

/** The default: no rate limits. The header gets a number that no client reaches. */
export const unlimited: RateLimits = {
  limitOf: () => '1000000',
  take: () => true,
}

const hostedPerSecond: Record<RateClass, number> = { single: 400, batch: 40, rest: 60 }

/** The key of the budget for all addresses without a queue. No address looks like it. */
const nowhere = '?'
/** Bounds how many addresses are remembered. When there are more, all are forgotten and looked up again. */
const rememberedMax = 10_000

/** The rates of the hosted API. Each second has its own budget, which all threads with the same table share. */
export class HostedRateLimits implements RateLimits {
  readonly #store: Pick<Store, 'findQueueId'>
  readonly #now: () => number
  readonly #table: RateTable
  /** The IDs of existing queues that were looked up in this second, by user and address. */
  readonly #found = new Map<string, string>()
  #second = 0

  /** @param now milliseconds since any moment that is the same for all threads */
  constructor(store: Pick<Store, 'findQueueId'>, now: () => number, table: RateTable) {
    this.#store = store
    this.#now = now
    this.#table = table
  }

  limitOf(rateClass: RateClass): string {
    return String(hostedPerSecond[rateClass])
  }

  take(rateClass: RateClass, userId: string, queue: string): boolean | Promise<boolean> {
    // Never 0, because unused entries of the table contain 0.
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
