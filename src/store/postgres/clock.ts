import type { ClientBase } from 'pg'
import type { Millis } from '../../domain/time.ts'
import { type ClockSource, systemClock } from '../clock.ts'
import { statement } from './connection/statement.ts'

/** What the row of a queue stores about its time. */
export interface QueueClock {
  /** Empty if the time is not that of a queue. */
  readonly queueId: string
  /** The latest time that a transaction on the queue has used. */
  readonly shownAt: Millis
  /** How far the queue's time is ahead of the database's clock. */
  readonly leadMs: Millis
}

/** When the clock of the database was asked for the time. */
export interface AskedAt {
  readonly monotonicMs: number
  /**
   * The latest time that was used by then. Another connection may bring a later time before the answer
   * arrives.
   */
  readonly shown: Millis
}

/**
 * Only a larger step than this means that somebody set the clock. Smaller ones come from answers that cross
 * on two connections and from clocks that are adjusted. A test clock has neither.
 */
const setMinMs = 1000

/**
 * SQL for the database's clock in whole milliseconds, read when the statement runs. `wall` is the parameter
 * for `wallValue`.
 */
export function wallOf(wall: string): string {
  return `coalesce(${wall}::bigint, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)`
}

/** $1 is the test clock. */
export const selectWall = statement(`SELECT ${wallOf('$1')} AS wall`)

/**
 * The clock of the database, in milliseconds since 1970, or the test clock. By a statement of its own, because a cluster lets no
 * statement that deletes ask for the time.
 */
export async function readWall(
  client: Pick<ClientBase, 'query'>,
  { wallValue }: Pick<PostgresClock, 'wallValue'>,
): Promise<Millis> {
  const { rows } = await client.query<{ wall: string }>({ ...selectWall, values: [wallValue] })
  return Number(rows[0]!.wall)
}

/**
 * The time of a queue (rule 3.7). It comes from the database's clock, is the same for every server, and never
 * goes back. The database's clock may be set back, or a machine with a slow clock may take over. Then the
 * queue's time continues from where it was, at its natural pace. The row of the queue stores what that needs,
 * so no two servers can disagree. Reads write nothing, so each server keeps in memory the latest time that
 * its reads have used.
 */
export class PostgresClock {
  readonly #source: ClockSource
  readonly #isManual: boolean
  #shown: Millis = 0
  /**
   * The database's time minus this process's monotonic clock when the answer arrived: a lower bound. Adding
   * the monotonic clock gives the least that the time can be now, unless somebody set the database's clock.
   */
  #leastAhead = Number.NEGATIVE_INFINITY
  /**
   * The upper bound, measured from before the question. By ID of the queues whose time is ahead of the
   * database's clock. It is empty unless somebody has set that clock back.
   */
  readonly #mostAhead = new Map<string, number>()

  /** @param source the clock of a test; undefined means the database's clock */
  constructor(source: ClockSource | undefined) {
    this.#source = source ?? systemClock
    this.#isManual = source !== undefined
  }

  /** The parameter of `wallOf`. */
  get wallValue(): Millis | null {
    return this.#isManual ? this.#source.wallMs() : null
  }

  /** Has to be called before the clock of the database is read. `read` and `tick` take the result. */
  asked(): AskedAt {
    return { monotonicMs: this.#source.monotonicMs(), shown: this.#shown }
  }

  /**
   * The database's clock as a transaction read it after it got the queue's lock. A test clock was sent as a
   * parameter before that wait, so it is read again here.
   */
  whileLocked(wall: Millis, askedAt: AskedAt): { readonly wall: Millis; readonly askedAt: AskedAt } {
    return this.#isManual ? { wall: this.#source.wallMs(), askedAt: this.asked() } : { wall, askedAt }
  }

  /** The time of a read. */
  read(wall: Millis, askedAt: AskedAt, queue: QueueClock): Millis {
    return this.tick(wall, askedAt, queue).shownAt
  }

  /**
   * The time of a transaction that holds the queue's lock, and what the row has to store about it.
   *
   * @param wall the database's clock, taken while the queue was locked
   */
  tick(wall: Millis, askedAt: AskedAt, queue: QueueClock): QueueClock {
    const answeredAt = this.#source.monotonicMs()
    const toleranceMs = this.#isManual ? 0 : setMinMs
    let reached = wall + queue.leadMs
    // The clock was set forward while the queue's time is ahead of it. Somebody corrected the clock, and no
    // time has passed.
    const most = Math.floor(answeredAt + (this.#mostAhead.get(queue.queueId) ?? Number.POSITIVE_INFINITY))
    if (queue.leadMs > 0 && reached - most > toleranceMs) reached = Math.max(wall, most)
    const least = Math.max(queue.shownAt, askedAt.shown, Math.floor(askedAt.monotonicMs + this.#leastAhead))
    if (least - reached > toleranceMs) reached = least

    this.#shown = Math.max(reached, queue.shownAt, this.#shown)
    const ahead = this.#shown - answeredAt
    // Real clocks drift apart, so the latest answer is the best one.
    this.#leastAhead = this.#isManual ? Math.max(ahead, this.#leastAhead) : ahead
    const leadMs = reached - wall
    // A read that finds a smaller lead cannot change the row, so the row still has the old lead.
    const isAhead = leadMs > 0 || queue.leadMs > 0
    if (isAhead && queue.queueId !== '') this.#mostAhead.set(queue.queueId, this.#shown - askedAt.monotonicMs)
    else this.#mostAhead.delete(queue.queueId)
    return { queueId: queue.queueId, shownAt: this.#shown, leadMs }
  }
}
