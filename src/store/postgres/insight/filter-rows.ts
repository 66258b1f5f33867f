import type { QueryResultRow } from 'pg'
import { notDueRanges, type PlaceRange } from '../../../domain/availability.ts'
import type { QueueUser } from '../../../domain/caller.ts'
import type { GroupState } from '../../../domain/policy/group.ts'
import type { Millis } from '../../../domain/time.ts'
import type { Scanned } from '../../candidates.ts'
import { type GroupRow, groupColumns, groupOfRow } from '../../columns/groups.ts'
import {
  type FilterRows,
  type FoundRow,
  foundColumns,
  type Sieve,
  type Source,
} from '../../insight/filter-rows.ts'
import { listedBytesPerStepMax } from '../../list-requests.ts'
import type { PostgresClock } from '../clock.ts'
import { readRequestRow, rowReader } from '../columns.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { type Statement, statement } from '../connection/statement.ts'
import { toText } from '../encoding/text.ts'
import { selectGroups } from '../groups/statements.ts'
import { lockedIds, selectLocked } from '../reads/locked-requests.ts'
import { type QueueMoment, queueMoment } from '../reads/queue-moment.ts'

// The orders are those of indexes. Without them, the planner may read all requests.
/** One statement for both ranges, so that a request that is given back in between is not missed. */
const selectPlaces = statement(`
  (SELECT id FROM requests WHERE queue_id = $1 AND available_at BETWEEN $2::bigint AND $3::bigint
    ORDER BY available_at, sequence LIMIT $6)
  UNION ALL
  (SELECT id FROM requests WHERE queue_id = $1 AND available_at BETWEEN $4::bigint AND $5::bigint
    ORDER BY available_at, sequence LIMIT $6)
  LIMIT $6`)
const selectScheduled = statement(`
  SELECT id FROM requests WHERE queue_id = $1 AND scheduled_at > $2::bigint
  ORDER BY scheduled_at, sequence LIMIT $3`)
const selectOfClient = statement(`
  SELECT id FROM requests WHERE queue_id = $1 AND locked_by = $2 AND lock_expires_at > $3::bigint
  ORDER BY lock_expires_at LIMIT $4`)
const selectOfGroup = statement(`
  SELECT id FROM requests WHERE queue_id = $1 AND group_name = $2
  ORDER BY requests.rank, available_at, sequence LIMIT $3`)
/** IDs have no space in them. */
function scanOf(condition: string): Statement {
  return statement(`
  SELECT max(id) AS last_id, count(*) AS scanned, string_agg(id, ' ' ORDER BY id) FILTER (
    WHERE ($4::boolean IS NULL OR (handled_at IS NOT NULL) = $4::boolean) AND retry_count >= $5::bigint
      AND ($6::text IS NULL OR strpos(url, $6::text) > 0)
      AND ($7::text IS NULL OR strpos(other_fields, $7::text) > 0)
      AND ($8::text IS NULL OR strpos(other_fields, $8::text) > 0)) AS ids
  FROM (
    SELECT id, handled_at, retry_count, url, other_fields FROM requests
    WHERE queue_id = $1 AND id > $2 ${condition} ORDER BY id LIMIT $3) AS next`)
}
const scanRequests = scanOf('')
const scanFailed = scanOf('AND failure IS NOT NULL')
const pickRequests = statement(`
  SELECT ${foundColumns} FROM (
    SELECT *, sum(bytes) OVER (ORDER BY id) - bytes AS bytes_before FROM requests
    WHERE queue_id = $1 AND id = ANY ($2::text[])) AS requests
  WHERE bytes_before <= ${listedBytesPerStepMax} ORDER BY id`)

const noRange: PlaceRange = { from: 1, to: 0 }

/** For the test of their plans. */
export const filterStatements: readonly Statement[] = [
  selectPlaces,
  selectScheduled,
  selectOfClient,
  selectLocked,
  selectOfGroup,
  scanRequests,
  scanFailed,
]

interface ScannedRow {
  last_id: string | null
  scanned: number
  ids: string | null
}

const readGroupRow = rowReader(groupColumns)

/** Reads one queue without a transaction. Each step is one statement. */
export class PostgresFilterRows implements FilterRows {
  /** The database does the steps. */
  readonly turnBegunAt = null
  readonly #database: Database
  readonly #clock: PostgresClock
  readonly #queueId: string
  readonly #user: QueueUser

  constructor(database: Database, clock: PostgresClock, queueId: string, user: QueueUser) {
    this.#database = database
    this.#clock = clock
    this.#queueId = queueId
    this.#user = user
  }

  moment(): Promise<QueueMoment> {
    return queueMoment(this.#database, this.#clock, this.#queueId, this.#user, 'inspect')
  }

  async collect(source: Source, now: Millis, max: number): Promise<string[] | null> {
    const rows = await this.#collected(source, now, max + 1)
    return rows.length > max ? null : rows.map(({ id }) => id)
  }

  #collected(source: Source, now: Millis, max: number): Promise<{ id: string }[]> {
    switch (source.kind) {
      case 'places':
        return this.#atPlaces(source.ranges, max)
      case 'locked':
        return this.#locked(now, max)
      case 'scheduled':
        return this.#query(selectScheduled, now, max)
      case 'client':
        return this.#query(selectOfClient, toText(source.clientKey), now, max)
      case 'group':
        return this.#query(selectOfGroup, toText(source.name), max)
    }
  }

  #atPlaces([first, second = noRange]: readonly PlaceRange[], max: number): Promise<{ id: string }[]> {
    return this.#query(selectPlaces, first!.from, first!.to, second.from, second.to, max)
  }

  async #locked(now: Millis, max: number): Promise<{ id: string }[]> {
    const ids = await lockedIds((what, ...values) => this.#query(what, ...values), now, max)
    return ids?.map((id) => ({ id })) ?? this.#atPlaces(notDueRanges(now), max)
  }

  async scan(afterId: string, count: number, sieve: Sieve): Promise<Scanned> {
    const { isHandled, isFailed, retryCountMin, url, fields } = sieve
    const values = [toText(afterId), count, isHandled, retryCountMin, toText(url), ...fields.map(toText)]
    const [row] = await this.#query<ScannedRow>(isFailed ? scanFailed : scanRequests, ...values)
    const { last_id, scanned, ids } = row!
    return { ids: ids === null ? [] : ids.split(' '), lastId: Number(scanned) < count ? null : last_id }
  }

  async pick(ids: readonly string[]): Promise<{ found: FoundRow[]; left: readonly string[] }> {
    const rows = await this.#query<FoundRow>(pickRequests, ids)
    const bytes = rows.reduce((sum, row) => sum + row.bytes, 0)
    const lastId = rows.at(-1)?.id ?? ''
    const left = bytes > listedBytesPerStepMax ? ids.filter((id) => id > lastId) : []
    return { found: rows.map(readRequestRow), left }
  }

  async groups(names: readonly string[]): Promise<GroupState[]> {
    const rows = await this.#query<GroupRow>(selectGroups, names.map(toText))
    return rows.map((row) => groupOfRow(readGroupRow(row)))
  }

  /** The first parameter of each statement is the queue. */
  #query<Row extends QueryResultRow>(what: Statement, ...values: readonly unknown[]): Promise<Row[]> {
    return withRetries(() => this.#database.query<Row>(what, [this.#queueId, ...values]))
  }
}
