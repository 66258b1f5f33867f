import type { Millis } from '../../domain/time.ts'
import type { Database } from './connection/pool.ts'
import { withRetries } from './connection/retries.ts'
import { statement } from './connection/statement.ts'

/** How many queues one statement of an expiry reads. It bounds the time of the statement. */
const queuesPerStatementMax = 1000
/** How many queues one step deletes. It bounds how long a stop of the server waits. */
const expiredPerStepMax = 100

const selectExpired = statement(`
  SELECT queue_id, name IS NULL AND accessed_at <= $1::bigint AS expired FROM queues WHERE queue_id > $2
  ORDER BY queue_id LIMIT ${queuesPerStatementMax}`)

/** Finds and deletes the unnamed queues that nobody has used for long (7.7). */
export class QueueExpiry {
  readonly #database: Database
  readonly #drop: (queueId: string, lastAccess: Millis) => Promise<boolean>
  /** The last ID that was read. Empty if the next step begins again at the start. */
  #readUpTo = ''

  /** @param drop deletes a queue if its last access is still not later than that, and returns whether it did */
  constructor(database: Database, drop: (queueId: string, lastAccess: Millis) => Promise<boolean>) {
    this.#database = database
    this.#drop = drop
  }

  /**
   * Deletes some of the unnamed queues whose last access is not later than this. Returns how many. 0 means
   * that none is left. Each step begins where the last one ended, because deleted rows stay in the index
   * until they are vacuumed.
   */
  async step(lastAccess: Millis): Promise<number> {
    let expired = 0
    let beganAnew = false
    do {
      beganAnew ||= this.#readUpTo === ''
      const rows = await withRetries(() =>
        this.#database.query<{ queue_id: string; expired: boolean }>(selectExpired, [
          lastAccess,
          this.#readUpTo,
        ]),
      )
      this.#readUpTo = rows.length < queuesPerStatementMax ? '' : rows.at(-1)!.queue_id
      for (const row of rows) {
        if (!row.expired || !(await this.#drop(row.queue_id, lastAccess))) continue
        if (++expired < expiredPerStepMax) continue
        this.#readUpTo = row.queue_id
        break
      }
      // Finding none proves nothing until all queues have been read.
    } while (expired === 0 && !(beganAnew && this.#readUpTo === ''))
    return expired
  }
}
