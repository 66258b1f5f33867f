import type { Millis } from '../../domain/time.ts'
import { type ClockSource, systemClock } from '../clock.ts'

/** What the row of a queue remembers of its time. */
export interface QueueClock {
  /** Empty where the time is not that of a queue. */
  readonly queueId: string
  /** The latest time that a transaction on the queue has shown. */
  readonly shownAt: Millis
  /** How far the queue's time is ahead of the database's clock. */
  readonly leadMs: Millis
}

/** The moment at which the clock of the database was asked for. */
export interface AskedAt {
  readonly monotonicMs: number
  /** What was shown by then. What another connection brings while the answer is on its way may be later than the answer. */
  readonly shown: Millis
}

/**
 * Answers of two connections cross, and clocks are nudged: only a step larger than this is a clock that was set.
 * (A clock of tests does neither.)
 */
const setMinMs = 1000

/** The database's clock in whole milliseconds, at the moment of the statement; `wall` is the parameter of `wallValue`. */
export function wallOf(wall: string): string {
  return `coalesce(${wall}::bigint, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)`
}

/**
 * The time of a queue (rule 3.7). It is the database's, the same for every server, and never goes back: when the clock of
 * the database is set back, or a machine takes over whose clock is behind, time goes on from where it was at its natural
 * pace. What has to be remembered for that stands in the row of the queue, so that no server can contradict another. What
 * a server has shown by reads alone, which write nothing, it remembers itself.
 */
export class PostgresClock {
  readonly #source: ClockSource
  readonly #isManual: boolean
  #shown: Millis = 0
  /**
   * What the time was, less the monotonic clock of this process before it was asked for and when the answer was here: by
   * these the time is now between the least and the most that it can be, or somebody set the database's clock.
   */
  #leastAhead = Number.NEGATIVE_INFINITY
  /** By queue, of those whose time is ahead of the database's clock: there are none unless somebody has set it back. */
  readonly #mostAhead = new Map<string, number>()

  /** @param source of tests; undefined is the database's clock */
  constructor(source: ClockSource | undefined) {
    this.#source = source ?? systemClock
    this.#isManual = source !== undefined
  }

  /** The parameter of `wallOf`. */
  get wallValue(): Millis | null {
    return this.#isManual ? this.#source.wallMs() : null
  }

  /** To be taken before the clock of the database is read; `read` and `tick` want it. */
  asked(): AskedAt {
    return { monotonicMs: this.#source.monotonicMs(), shown: this.#shown }
  }

  /**
   * What the database said of its clock to a transaction that has the queue now. It may have waited for the queue, and the
   * clock of a test went along as a parameter, from before that: it is looked at once more.
   */
  whileLocked(wall: Millis, askedAt: AskedAt): { readonly wall: Millis; readonly askedAt: AskedAt } {
    return this.#isManual ? { wall: this.#source.wallMs(), askedAt: this.asked() } : { wall, askedAt }
  }

  /** The time of a read. */
  read(wall: Millis, askedAt: AskedAt, queue: QueueClock): Millis {
    return this.tick(wall, askedAt, queue).shownAt
  }

  /**
   * The time of a transaction that has the queue for itself, and what the row has to remember of it.
   *
   * @param wall the database's clock, taken while the queue was locked
   */
  tick(wall: Millis, askedAt: AskedAt, queue: QueueClock): QueueClock {
    const answeredAt = this.#source.monotonicMs()
    const toleranceMs = this.#isManual ? 0 : setMinMs
    let reached = wall + queue.leadMs
    // Set forward while the queue's time is ahead of it: that is the clock being put right, and no time has passed.
    const most = Math.floor(answeredAt + (this.#mostAhead.get(queue.queueId) ?? Number.POSITIVE_INFINITY))
    if (queue.leadMs > 0 && reached - most > toleranceMs) reached = Math.max(wall, most)
    const least = Math.max(queue.shownAt, askedAt.shown, Math.floor(askedAt.monotonicMs + this.#leastAhead))
    if (least - reached > toleranceMs) reached = least

    this.#shown = Math.max(reached, queue.shownAt, this.#shown)
    const ahead = this.#shown - answeredAt
    // Real clocks drift apart, and the latest answer knows best.
    this.#leastAhead = this.#isManual ? Math.max(ahead, this.#leastAhead) : ahead
    const leadMs = reached - wall
    // A read that found the lead to be too large leaves it in the row.
    const isAhead = leadMs > 0 || queue.leadMs > 0
    if (isAhead && queue.queueId !== '') this.#mostAhead.set(queue.queueId, this.#shown - askedAt.monotonicMs)
    else this.#mostAhead.delete(queue.queueId)
    return { queueId: queue.queueId, shownAt: this.#shown, leadMs }
  }
}
