import type { QueueUser } from '../../../domain/caller.ts'
import { HeadlockError } from '../../../domain/errors.ts'
import type { RequestView } from '../../../domain/request.ts'
import type { Millis } from '../../../domain/time.ts'
import { refusalOfUse } from '../../queue-access.ts'
import { type ViewRow, viewColumnsUpTo, viewOfRow } from '../../request-views.ts'
import { type PostgresClock, wallOf } from '../clock.ts'
import { readRequestRow } from '../columns.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { statement } from '../connection/statement.ts'
import { toText } from '../encoding/text.ts'

const selectRequests = statement(`
  SELECT queues.owner_id, queues.shown_at, queues.clock_lead, ${wallOf('$3')} AS wall, ${viewColumnsUpTo('$4::bigint')}
  FROM queues LEFT JOIN requests ON requests.queue_id = queues.queue_id AND requests.id = ANY ($2::text[])
  WHERE queues.queue_id = $1`)

/** Bounds the requests that one statement reads. It is lower when each of them may be as large as a body. */
const requestsPerStatementMax = 200
const anyLengthPerStatementMax = 8
/** Larger than any request. */
const anyLength = Number.MAX_SAFE_INTEGER
/** Bounds how many reads of one queue wait. The next read is refused at once. */
const readsWaitingMax = 10_000

interface Row extends Omit<ViewRow, 'id'> {
  owner_id: string
  shown_at: number
  clock_lead: number
  wall: string
  id: string | null
}

interface ReadCall extends QueueUser {
  readonly requestId: string
  readonly bytesMax?: number
}

/** Reads with the same queue and limit can share a statement. */
interface ReadGroup {
  readonly queueId: string
  readonly bytesMax: number
}

interface Waiting extends ReadCall {
  resolve(read: ReadRequest): void
  reject(error: Error): void
}

export interface ReadRequest {
  readonly view: RequestView
  readonly readAt: Millis
}

/**
 * Reads requests by their IDs, without a transaction. Reads of one queue share statements: one runs, and
 * reads that arrive meanwhile share the next one. That one begins after all of its calls, so it misses
 * nothing they must see (11.2).
 */
export class RequestReads {
  readonly #database: Database
  readonly #clock: PostgresClock
  /** The reads that wait while a statement runs, by queue and limit. */
  readonly #waiting = new Map<string, Waiting[]>()

  constructor(database: Database, clock: PostgresClock) {
    this.#database = database
    this.#clock = clock
  }

  read(queueId: string, params: ReadCall): Promise<ReadRequest> {
    const { bytesMax = anyLength } = params
    const key = `${queueId} ${bytesMax}`
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(key)
      if (waiting !== undefined && waiting.length >= readsWaitingMax) {
        const problem = `${readsWaitingMax} reads of this queue wait for the database already`
        reject(new HeadlockError('storeUnavailable', { problem }))
        return
      }
      if (waiting !== undefined) {
        waiting.push({ ...params, resolve, reject })
        return
      }
      this.#waiting.set(key, [{ ...params, resolve, reject }])
      setImmediate(() => this.#drain(key, { queueId, bytesMax }))
    })
  }

  async #drain(key: string, group: ReadGroup): Promise<void> {
    const countMax = group.bytesMax === anyLength ? anyLengthPerStatementMax : requestsPerStatementMax
    for (;;) {
      const reads = this.#waiting.get(key)!.splice(0, countMax)
      if (reads.length === 0) break
      try {
        await this.#answer(group, reads)
      } catch (error) {
        for (const { reject } of reads) reject(error as Error)
      }
    }
    this.#waiting.delete(key)
  }

  async #answer({ queueId, bytesMax }: ReadGroup, reads: readonly Waiting[]): Promise<void> {
    const ids = [...new Set(reads.map(({ requestId }) => toText(requestId)))]
    const askedAt = this.#clock.asked()
    const rows = await withRetries(() =>
      this.#database.query<Row>(selectRequests, [queueId, ids, this.#clock.wallValue, bytesMax]),
    )
    const first = rows[0]
    const found = new Map(rows.map((row) => [row.id, row]))
    const queue = first === undefined ? undefined : { ownerId: first.owner_id }
    for (const { userId, requestId, resolve, reject } of reads) {
      const row = found.get(requestId)
      const refusal = refusalOfUse({ userId }, queue, 'read')
      if (refusal !== null) reject(new HeadlockError(refusal.refused))
      else if (row === undefined) reject(new HeadlockError('requestNotFound'))
      else {
        const readAt = this.#clock.read(Number(row.wall), askedAt, {
          queueId,
          shownAt: row.shown_at,
          leadMs: row.clock_lead,
        })
        resolve({ view: viewOfRow(readRequestRow(row as ViewRow & Row), readAt), readAt })
      }
    }
  }
}
