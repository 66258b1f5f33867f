import { RateTable } from './rate-table.ts'

/**
 * The classes of calls that have a rate of their own on the hosted API (rule 9.7): those on one request or
 * one lock, those on many, and all others.
 */
export type RateClass = 'single' | 'batch' | 'rest'

export interface RateLimits {
  /** What `X-RateLimit-Limit` says: calls per second. */
  limitOf(rateClass: RateClass): string
  /**
   * Takes one call out of this second's budget of a queue.
   *
   * @param queue what the queue is addressed by, with its user; each has a budget of its own
   * @returns false when nothing is left
   */
  take(rateClass: RateClass, queue: string): boolean
}

export const rateLimitHeader = 'x-ratelimit-limit'

/** The default: take what comes, and say so with a number that no client reaches. */
export const unlimited: RateLimits = {
  limitOf: () => '1000000',
  take: () => true,
}

const hostedPerSecond: Record<RateClass, number> = { single: 400, batch: 40, rest: 60 }

/** The rates of the hosted API, counted anew in each second, by all threads together that share a table. */
export class HostedRateLimits implements RateLimits {
  readonly #now: () => number
  readonly #table: RateTable

  /** @param now milliseconds from any beginning, the same for all threads */
  constructor(now: () => number, table = new RateTable()) {
    this.#now = now
    this.#table = table
  }

  limitOf(rateClass: RateClass): string {
    return String(hostedPerSecond[rateClass])
  }

  take(rateClass: RateClass, queue: string): boolean {
    // Not 0, which is what an entry says that was never used.
    const second = Math.floor(this.#now() / 1000) + 1
    return this.#table.take(`${rateClass} ${queue}`, second, hostedPerSecond[rateClass])
  }
}
