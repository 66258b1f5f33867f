import type { QueryResultRow } from 'pg'
import { type PlaceRange, rangesWith } from '../../domain/availability.ts'
import type { QueueUser, Right } from '../../domain/caller.ts'
import type { Millis } from '../../domain/time.ts'
import type { Scanned } from '../candidates.ts'
import {
  collectedMax,
  listedBytesPerStepMax,
  type Picked,
  type RequestRows,
  type States,
  scannedPerStepMax,
  type Walked,
} from '../list-requests.ts'
import { usable } from '../queue-access.ts'
import { type ViewRow, viewColumns } from '../request-views.ts'
import { type PostgresClock, wallOf } from './clock.ts'
import { readRequestRow } from './columns.ts'
import type { Database } from './connection/pool.ts'
import { withRetries } from './connection/retries.ts'
import { type Statement, statement } from './connection/statement.ts'
import { toText } from './encoding/text.ts'
import { lockedIds } from './reads/locked-requests.ts'

const selectQueue = statement(`
  SELECT owner_id, shown_at, clock_lead, ${wallOf('$2')} AS wall FROM queues WHERE queue_id = $1`)
/** Rows until the bytes before them exceed the limit. Long texts are read only for rows that are returned. */
const walkRequests = statement(`
  SELECT ${viewColumns}, requests.bytes FROM (
    SELECT *, sum(bytes) OVER (ORDER BY id) - bytes AS bytes_before FROM requests
    WHERE queue_id = $1 AND id > $2 ORDER BY id LIMIT $3) AS requests
  WHERE bytes_before <= ${listedBytesPerStepMax} ORDER BY id`)
const pickRequests = statement(`
  SELECT ${viewColumns}, requests.bytes FROM (
    SELECT *, sum(bytes) OVER (ORDER BY id) - bytes AS bytes_before FROM requests
    WHERE queue_id = $1 AND id = ANY ($2::text[])) AS requests
  WHERE bytes_before <= ${listedBytesPerStepMax} ORDER BY id`)
/** IDs have no space in them. */
const scanRequests = statement(`
  SELECT max(id) AS last_id, count(*) AS scanned, string_agg(id, ' ' ORDER BY id) FILTER (
    WHERE handled_at IS NULL AND CASE WHEN lock_expires_at > $3::bigint THEN $4::boolean ELSE $5::boolean END) AS ids
  FROM (
    SELECT id, handled_at, lock_expires_at FROM requests WHERE queue_id = $1 AND id > $2
    ORDER BY id LIMIT ${scannedPerStepMax}) AS next`)
/**
 * IDs whose places are in one of two ranges. One statement has one snapshot, so no request is missed between
 * the ranges. The order is that of the index. Without it, the planner may read all requests.
 */
const collectIds = statement(`
  (SELECT id FROM requests WHERE queue_id = $1 AND available_at BETWEEN $2::bigint AND $3::bigint
    ORDER BY available_at, sequence LIMIT $6)
  UNION ALL
  (SELECT id FROM requests WHERE queue_id = $1 AND available_at BETWEEN $4::bigint AND $5::bigint
    ORDER BY available_at, sequence LIMIT $6)
  LIMIT $6`)

/** An empty range. */
const noRange: PlaceRange = { from: 1, to: 0 }

interface QueueClockRow {
  owner_id: string
  shown_at: number
  clock_lead: number
  wall: string
}

interface SizedRow extends ViewRow {
  bytes: number
}

interface ScannedRow {
  last_id: string | null
  scanned: number
  ids: string | null
}

/** Reads the requests of one queue without a transaction. Each step is one statement. */
export class PostgresRequestRows implements RequestRows {
  readonly #database: Database
  readonly #clock: PostgresClock
  readonly #queueId: string
  readonly #user: QueueUser
  readonly #right: Right

  constructor(database: Database, clock: PostgresClock, queueId: string, user: QueueUser, right: Right) {
    this.#database = database
    this.#clock = clock
    this.#queueId = queueId
    this.#user = user
    this.#right = right
  }

  async now(): Promise<Millis> {
    const askedAt = this.#clock.asked()
    const [row] = await this.#query<QueueClockRow>(selectQueue, this.#clock.wallValue)
    const { wall, shown_at, clock_lead } = usable(this.#user, row, this.#right)
    return this.#clock.read(Number(wall), askedAt, {
      queueId: this.#queueId,
      shownAt: shown_at,
      leadMs: clock_lead,
    })
  }

  async walk(afterId: string, limit: number): Promise<Walked> {
    const rows = await this.#query<SizedRow>(walkRequests, toText(afterId), limit)
    return { found: rows.map(readRequestRow), atEnd: rows.length < limit && !isCut(rows) }
  }

  async pick(ids: readonly string[]): Promise<Picked> {
    const rows = await this.#query<SizedRow>(pickRequests, ids)
    const lastId = rows.at(-1)?.id ?? ''
    const left = isCut(rows) ? ids.filter((id) => id > lastId) : []
    return { found: rows.map(readRequestRow), left }
  }

  async collect(states: States, now: Millis): Promise<string[] | null> {
    if (!states.includes('pending')) {
      const ids = await lockedIds((what, ...values) => this.#query(what, ...values), now, collectedMax + 1)
      if (ids !== null) return ids.length > collectedMax ? null : [...ids]
    }
    const [first, second = noRange] = rangesWith(states, now)
    const ranges = [first!.from, first!.to, second.from, second.to]
    const rows = await this.#query<{ id: string }>(collectIds, ...ranges, collectedMax + 1)
    return rows.length > collectedMax ? null : rows.map(({ id }) => id)
  }

  async scan(afterId: string, states: States, now: Millis): Promise<Scanned> {
    const wanted = [states.includes('locked'), states.includes('pending')]
    const [row] = await this.#query<ScannedRow>(scanRequests, toText(afterId), now, ...wanted)
    const { last_id, scanned, ids } = row!
    return { ids: ids === null ? [] : ids.split(' '), lastId: scanned < scannedPerStepMax ? null : last_id }
  }

  #query<Row extends QueryResultRow>(what: Statement, ...values: readonly unknown[]): Promise<Row[]> {
    return withRetries(() => this.#database.query<Row>(what, [this.#queueId, ...values]))
  }
}

/** Whether rows were left out because they would be too many bytes. */
function isCut(rows: readonly SizedRow[]): boolean {
  return rows.reduce((sum, { bytes }) => sum + bytes, 0) > listedBytesPerStepMax
}
