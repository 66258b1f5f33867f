/**
 * The classes of calls that have a rate of their own on the hosted API (rule 9.7): those on one request or one
 * lock, those on many, and all others.
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

/** The rates of the hosted API, counted anew in each second. */
export class HostedRateLimits implements RateLimits {
  readonly #now: () => number
  #second = -1
  /** Calls in this second by class and queue; as small as the calls of one second. */
  readonly #taken = new Map<string, number>()

  /** @param now milliseconds from any beginning */
  constructor(now: () => number) {
    this.#now = now
  }

  limitOf(rateClass: RateClass): string {
    return String(hostedPerSecond[rateClass])
  }

  take(rateClass: RateClass, queue: string): boolean {
    const second = Math.floor(this.#now() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#taken.clear()
    }
    const key = `${rateClass} ${queue}`
    const taken = this.#taken.get(key) ?? 0
    if (taken >= hostedPerSecond[rateClass]) return false
    this.#taken.set(key, taken + 1)
    return true
  }
}
