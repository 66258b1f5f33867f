import type { QueryResultRow } from 'pg'
import type { Place } from '../../../domain/order.ts'
import type { GroupState } from '../../../domain/policy/group.ts'
import type { Millis } from '../../../domain/time.ts'
import { type GroupRow, groupColumns, groupOfRow, groupRowNames } from '../../columns/groups.ts'
import type { GroupCounted } from '../../insight/explain-rows.ts'
import { nameAfter } from '../../insight/group-reads.ts'
import type { HostRows, UnhandledRequest } from '../../insight/hosts.ts'
import { readableUrl } from '../../maintenance/requests-overview.ts'
import { rowReader } from '../columns.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { type Statement, statement } from '../connection/statement.ts'
import { fromText, toText } from '../encoding/text.ts'
import type { QueueMoment } from '../reads/queue-moment.ts'
import { PostgresExplainRows } from './explain-rows.ts'

const selectBeside = (condition: string, direction: 'ASC' | 'DESC') =>
  statement(`
  SELECT ${groupRowNames.join(', ')} FROM groups
  WHERE queue_id = $1 ${condition} ORDER BY name ${direction} LIMIT $2`)
const selectFirst = selectBeside('', 'ASC')
const selectNext = selectBeside('AND name > $3', 'ASC')
const selectLast = selectBeside('', 'DESC')
const selectBefore = selectBeside('AND name < $3', 'DESC')
const selectUnhandled = statement(`
  SELECT available_at, sequence, ${readableUrl}, lock_expires_at FROM requests
  WHERE queue_id = $1 AND available_at IS NOT NULL AND (available_at, sequence) > ($2::bigint, $3::bigint)
  ORDER BY available_at, sequence LIMIT $4`)

/** For the test of their plans. */
export const hostStatements: readonly Statement[] = [
  selectFirst,
  selectNext,
  selectLast,
  selectBefore,
  selectUnhandled,
]

interface UnhandledRow {
  readonly available_at: number
  readonly sequence: number
  readonly url: string | null
  readonly lock_expires_at: number | null
}

const readGroupRow = rowReader(groupColumns)

/** Reads one queue without a transaction. Each step is one statement. */
export class PostgresHostRows implements HostRows {
  /** The database does the steps. */
  readonly turnBegunAt = null
  readonly #database: Database
  readonly #moment: QueueMoment
  readonly #explained: PostgresExplainRows

  constructor(database: Database, moment: QueueMoment) {
    this.#database = database
    this.#moment = moment
    this.#explained = new PostgresExplainRows(database, moment)
  }

  async groupsBeside(name: string | null, isDescending: boolean, max: number): Promise<GroupState[]> {
    const [first, next] = isDescending ? [selectLast, selectBefore] : [selectFirst, selectNext]
    const rows =
      name === null
        ? await this.#query<GroupRow>(first, max)
        : await this.#query<GroupRow>(next, max, toText(name))
    return rows.map((row) => groupOfRow(readGroupRow(row)))
  }

  firstDue(names: readonly string[]): Promise<Map<string, Millis | null>> {
    return this.#explained.firstDue(names)
  }

  counted(name: string | null, max: number): Promise<GroupCounted[]> {
    return this.#explained.groups({ kind: 'from', name: name === null ? '' : nameAfter(name), max })
  }

  async unhandled(after: Place | null, max: number): Promise<UnhandledRequest[]> {
    const { availableAt, sequence } = after ?? beforeAll
    const rows = await this.#query<UnhandledRow>(selectUnhandled, availableAt, sequence, max)
    return rows.map(({ available_at, sequence, url, lock_expires_at }) => ({
      place: { availableAt: available_at, sequence },
      url: fromText(url),
      isLocked: lock_expires_at !== null && lock_expires_at > this.#moment.now,
    }))
  }

  /** The first parameter of each statement is the queue. */
  #query<Row extends QueryResultRow>(what: Statement, ...values: readonly unknown[]): Promise<Row[]> {
    return withRetries(() => this.#database.query<Row>(what, [this.#moment.row.queue_id, ...values]))
  }
}

const beforeAll: Place = { availableAt: Number.MIN_SAFE_INTEGER, sequence: Number.MIN_SAFE_INTEGER }
