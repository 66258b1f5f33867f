import { HeadlockError } from '../../domain/errors.ts'
import type { Millis } from '../../domain/time.ts'
import type { AvailabilityNews } from '../../store/params/waiting.ts'

/** Why a caller waits no longer: there may be something to take, its time is over, or it has disconnected. */
export type EndOfWait = 'woken' | 'over' | 'gone'

/** A caller that waits for requests of a queue. */
export interface Waiter {
  /** The most requests that it takes. */
  readonly limit: number
  /** In milliseconds of the server's `now`. */
  readonly endsAt: number
  end(reason: EndOfWait): void
}

/** Bounds how many callers are woken without a count of requests. */
const wokenMax = 1000
/** The pause after a failed look. */
const retryMs: Millis = 500
/** The pause before callers are woken again who found nothing, though there should have been something. It doubles. */
const pauseMsMin: Millis = 10
const pauseMsMax: Millis = 1000

export interface QueueWaitersOptions {
  now(): number
  /** As the method of the store. */
  whenAvailable(): Promise<Millis | null>
  /** Called when `pass` has something to do earlier than `dueAt` said before. */
  isDueAt(at: number): void
}

/**
 * The callers of this thread that wait for requests of one queue (13.14), first come, first served. News of n
 * requests wakes the callers that can take n, so that one request wakes one caller. What only time makes
 * available is known by its moment (`whenAvailable`).
 *
 * A caller that was woken calls the store again, and then `tried`. When all of them have, and others still wait,
 * one look tells whether there is more, and when to look again.
 */
export class QueueWaiters {
  readonly #options: QueueWaitersOptions
  /** Those that were woken and found nothing keep their turn. */
  readonly #first = new Set<Waiter>()
  readonly #others = new Set<Waiter>()
  /** When time alone may make something available. */
  #nextAt = Number.POSITIVE_INFINITY
  /** Whether no earlier moment than `#nextAt` is possible. */
  #knowsNext = false
  /** The earliest end of a wait, or earlier. */
  #endsAt = Number.POSITIVE_INFINITY
  #lastNews = 0
  #triesUnderWay = 0
  #tookSome = false
  #isLooking = false
  /** Whether something happened during a look that it may not have seen. */
  #looksAgain = false
  /** How many callers are woken when a look finds something. Doubles as long as they find something. */
  #width = 1
  #pauseMs = 0

  constructor(options: QueueWaitersOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#first.size + this.#others.size
  }

  /** When `pass` has something to do. */
  get dueAt(): number {
    return this.size === 0 ? this.#nextAt : Math.min(this.#nextAt, this.#endsAt)
  }

  /**
   * @param lastNews the number of the news that were known before the caller's last head/lock
   * @param wasWoken whether the caller has waited before
   */
  add(waiter: Waiter, lastNews: number, wasWoken: boolean): void {
    ;(wasWoken ? this.#first : this.#others).add(waiter)
    if (waiter.endsAt < this.#endsAt) {
      this.#endsAt = waiter.endsAt
      this.#options.isDueAt(waiter.endsAt)
    }
    if (lastNews < this.#lastNews) this.#wakeForNews(1)
    else if (!this.#knowsNext && this.#triesUnderWay === 0 && !this.#isLooking) this.look()
  }

  remove(waiter: Waiter): void {
    this.#first.delete(waiter)
    this.#others.delete(waiter)
  }

  /** @param number of these news; each gets a higher one */
  changed({ count, inMs }: AvailabilityNews, number: number): void {
    if (inMs !== null) this.#mayBeAvailableIn(inMs)
    if (count > 0) {
      this.#lastNews = number
      this.#pauseMs = 0
      this.#wakeForNews(count)
    }
  }

  /** A caller that was woken has called the store again. */
  tried(tookSome: boolean): void {
    this.#triesUnderWay--
    this.#tookSome ||= tookSome
    if (this.#triesUnderWay === 0) this.look()
  }

  /** Does what is due at this moment. @param number as for `changed` */
  pass(now: number, number: number): void {
    if (now >= this.#endsAt) this.#endThoseOver(now)
    if (now < this.#nextAt) return
    this.#nextAt = Number.POSITIVE_INFINITY
    this.#knowsNext = false
    this.#lastNews = number
    this.#wakeCallers(1)
  }

  /** Ends all waits as if their time were over. */
  endAll(): void {
    this.#endThoseOver(Number.POSITIVE_INFINITY)
  }

  /** Finds out whether and when something is available, if anybody waits for it. */
  look(): void {
    if (this.size === 0) return
    if (this.#isLooking) {
      this.#looksAgain = true
      return
    }
    this.#isLooking = true
    this.#options
      .whenAvailable()
      .then(
        (inMs) => this.#looked(inMs),
        (error: unknown) => this.#lookFailed(error),
      )
      .finally(() => {
        this.#isLooking = false
        if (!this.#looksAgain) return
        this.#looksAgain = false
        this.look()
      })
  }

  #looked(inMs: Millis | null): void {
    const tookSome = this.#tookSome
    this.#tookSome = false
    if (inMs !== 0) {
      this.#knowsNext = true
      this.#width = 1
      this.#pauseMs = 0
      if (inMs !== null) this.#mayBeAvailableIn(inMs)
      return
    }
    if (tookSome) {
      this.#width = Math.min(wokenMax, this.#width * 2)
      this.#pauseMs = 0
    }
    if (this.#pauseMs === 0) this.#wakeCallers(this.#width)
    else this.#mayBeAvailableIn(this.#pauseMs)
    // If these find nothing, the next ones wait a little. So nothing that is wrong with the store keeps it busy.
    this.#pauseMs = Math.min(pauseMsMax, Math.max(pauseMsMin, this.#pauseMs * 2))
  }

  #lookFailed(error: unknown): void {
    const isGone = error instanceof HeadlockError && error.errorName === 'queueNotFound'
    if (isGone) this.#wakeCallers(Number.POSITIVE_INFINITY)
    else this.#mayBeAvailableIn(retryMs)
  }

  #mayBeAvailableIn(inMs: Millis): void {
    const at = this.#options.now() + inMs
    if (at >= this.#nextAt) return
    this.#nextAt = at
    this.#options.isDueAt(at)
  }

  #wakeForNews(requestCount: number): void {
    for (let room = 0; room < requestCount && this.size > 0; ) room += this.#wakeNext()
  }

  #wakeCallers(callerCount: number): void {
    for (let count = 0; count < callerCount && this.size > 0; count++) this.#wakeNext()
  }

  /** Returns how many requests the caller takes. */
  #wakeNext(): number {
    const [waiter] = this.#first.size > 0 ? this.#first : this.#others
    this.#triesUnderWay++
    this.remove(waiter!)
    waiter!.end('woken')
    return waiter!.limit
  }

  #endThoseOver(now: number): void {
    this.#endsAt = Number.POSITIVE_INFINITY
    for (const waiters of [this.#first, this.#others]) {
      for (const waiter of waiters) {
        if (waiter.endsAt > now) {
          this.#endsAt = Math.min(this.#endsAt, waiter.endsAt)
          continue
        }
        this.remove(waiter)
        waiter.end('over')
      }
    }
  }
}
