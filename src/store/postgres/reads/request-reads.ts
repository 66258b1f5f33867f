import type { QueueUser } from '../../../domain/caller.ts'
import { HeadlockError } from '../../../domain/errors.ts'
import type { RequestView } from '../../../domain/request.ts'
import type { Millis } from '../../../domain/time.ts'
import { refusalOfUse } from '../../queue-access.ts'
import { type ViewRow, viewColumnsUpTo, viewOfRow } from '../../request-views.ts'
import { type PostgresClock, wallOf } from '../clock.ts'
import { readRequestRow } from '../columns.ts'
import { type Database, statement } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { toText } from '../encoding/text.ts'

const selectRequests = statement(`
  SELECT queues.owner_id, queues.shown_at, queues.clock_lead, ${wallOf('$3')} AS wall, ${viewColumnsUpTo('$4::bigint')}
  FROM queues LEFT JOIN requests ON requests.queue_id = queues.queue_id AND requests.id = ANY ($2::text[])
  WHERE queues.queue_id = $1`)

/** So many requests are read by one statement at the most, and fewer where each may be as large as a body. */
const requestsPerStatementMax = 200
const anyLengthPerStatementMax = 8
/** No request is so large. */
const anyLength = Number.MAX_SAFE_INTEGER
/** So many reads of one queue wait at the most; the next one is refused at once. */
const readsWaitingMax = 10_000

interface Row extends Omit<ViewRow, 'id'> {
  owner_id: string
  shown_at: number
  clock_lead: number
  wall: string
  id: string | null
}

interface Ask extends QueueUser {
  readonly requestId: string
  readonly bytesMax?: number
}

/** What can share a statement. */
interface Lot {
  readonly queueId: string
  readonly bytesMax: number
}

interface Waiting extends Ask {
  resolve(read: ReadRequest): void
  reject(error: Error): void
}

export interface ReadRequest {
  readonly view: RequestView
  readonly readAt: Millis
}

/**
 * Reads requests by their IDs, without a transaction. Reads of one queue share a statement: one is under way, and what
 * comes meanwhile goes with the next, which begins after all of them did and so misses nothing (11.2).
 */
export class RequestReads {
  readonly #database: Database
  readonly #clock: PostgresClock
  /** By queue and length: what waits while a statement is under way. */
  readonly #waiting = new Map<string, Waiting[]>()

  constructor(database: Database, clock: PostgresClock) {
    this.#database = database
    this.#clock = clock
  }

  read(queueId: string, params: Ask): Promise<ReadRequest> {
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

  async #drain(key: string, lot: Lot): Promise<void> {
    const countMax = lot.bytesMax === anyLength ? anyLengthPerStatementMax : requestsPerStatementMax
    for (;;) {
      const asked = this.#waiting.get(key)!.splice(0, countMax)
      if (asked.length === 0) break
      try {
        await this.#answer(lot, asked)
      } catch (error) {
        for (const { reject } of asked) reject(error as Error)
      }
    }
    this.#waiting.delete(key)
  }

  async #answer({ queueId, bytesMax }: Lot, asked: readonly Waiting[]): Promise<void> {
    const ids = [...new Set(asked.map(({ requestId }) => toText(requestId)))]
    const askedAt = this.#clock.asked()
    const rows = await withRetries(() =>
      this.#database.query<Row>(selectRequests, [queueId, ids, this.#clock.wallValue, bytesMax]),
    )
    const first = rows[0]
    const found = new Map(rows.map((row) => [row.id, row]))
    const queue = first === undefined ? undefined : { ownerId: first.owner_id }
    for (const { userId, requestId, resolve, reject } of asked) {
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
