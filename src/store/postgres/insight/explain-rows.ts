import type { QueryResultRow } from 'pg'
import { dueRange, type NextPlaces } from '../../../domain/availability.ts'
import type { Place } from '../../../domain/order.ts'
import type { GroupState } from '../../../domain/policy/group.ts'
import { ranksIn } from '../../../domain/policy/rank.ts'
import type { Millis } from '../../../domain/time.ts'
import type { ClientRow } from '../../columns/clients.ts'
import { type GroupRow, groupColumns, groupOfRow } from '../../columns/groups.ts'
import type { ClientRows } from '../../insight/clients.ts'
import type {
  DueInGroup,
  ExplainRows,
  GroupCounted,
  GroupsAsked,
  LockFound,
  NotDue,
} from '../../insight/explain-rows.ts'
import { type ClientDeeds, deedsOfRow } from '../../series/client-tally.ts'
import { rowReader } from '../columns.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { type Statement, statement } from '../connection/statement.ts'
import { fromText, toText } from '../encoding/text.ts'
import { selectGroups, selectSights } from '../groups/statements.ts'
import type { QueueMoment } from '../reads/queue-moment.ts'
import { type NextRow, nextPlacesOf, selectNextPlaces } from '../reads/when-available.ts'
import {
  type CountedRow,
  countDueOfQuery,
  countedGroupStatements,
  countedGroupsQuery,
  countedOfRow,
} from './counted-groups.ts'

/** $2 to $3 is due. The normal side begins at $4 and $5, as in `selectDue`. */
const ofDue = `
  (SELECT group_name FROM requests
    WHERE queue_id = $1 AND available_at >= $2::bigint AND available_at < 0
    ORDER BY available_at, sequence LIMIT $6)
  UNION ALL
  (SELECT group_name FROM requests
    WHERE queue_id = $1 AND (available_at, sequence) >= ($4::bigint, $5::bigint) AND available_at <= $3::bigint
    ORDER BY available_at, sequence LIMIT $6)`
const countDue = statement(`SELECT count(*) FROM (SELECT FROM (${ofDue}) AS sides LIMIT $6) AS due`)
const countScheduled = statement(`
  SELECT count(*) FROM (
    SELECT FROM requests WHERE queue_id = $1 AND scheduled_at > $2::bigint LIMIT $3) AS scheduled`)
/** The order is that of the index. Without it, the planner may read all requests. */
const countFailed = statement(`
  SELECT count(*) FROM (SELECT FROM requests WHERE queue_id = $1 AND failure IS NOT NULL ORDER BY failure, id LIMIT $2) AS failed`)
const countGroups = statement(`
  SELECT count(*) FROM (SELECT FROM groups WHERE queue_id = $1 ORDER BY name LIMIT $2) AS counted`)
const selectNotDue = statement(`
  SELECT available_at, sequence, locked_by, locked_run, lock_expires_at FROM requests
  WHERE queue_id = $1 AND (available_at, sequence) > ($2::bigint, $3::bigint) AND available_at <= $4::bigint
  ORDER BY available_at, sequence LIMIT $5`)
/** Jumps from one client to the next in the index. Clients without a live lock come with nulls. */
const selectLocksOfClients = statement(`
  WITH RECURSIVE clients AS (
    (SELECT locked_by, 1 AS number FROM requests WHERE queue_id = $1 AND locked_by > $2 ORDER BY locked_by LIMIT 1)
    UNION ALL
    SELECT next.locked_by, number + 1 FROM clients CROSS JOIN LATERAL (
      SELECT locked_by FROM requests WHERE queue_id = $1 AND locked_by > clients.locked_by
      ORDER BY locked_by LIMIT 1) AS next
    WHERE number < $3)
  SELECT clients.locked_by, locked_run, lock_expires_at FROM clients LEFT JOIN LATERAL (
    SELECT locked_run, lock_expires_at FROM requests
    WHERE queue_id = $1 AND locked_by = clients.locked_by AND lock_expires_at > $4::bigint LIMIT $5) AS locks ON true
  LIMIT $3 + $5`)
/** The sides begin after the places $2, $3 and $4, $5. */
const selectDue = statement(`
  (SELECT available_at, sequence, group_name FROM requests
    WHERE queue_id = $1 AND (available_at, sequence) > ($2::bigint, $3::bigint) AND available_at < 0
    ORDER BY available_at, sequence LIMIT $7)
  UNION ALL
  (SELECT available_at, sequence, group_name FROM requests
    WHERE queue_id = $1 AND (available_at, sequence) > ($4::bigint, $5::bigint) AND available_at <= $6::bigint
    ORDER BY available_at, sequence LIMIT $7)
  LIMIT $7`)
const selectClients = statement(`
  SELECT client_key, run_id, handed_out, taken_back, handled, ended, last_seen_at FROM queue_clients
  WHERE queue_id = $1`)

/** For the test of their plans. */
export const explainStatements: readonly Statement[] = [
  countDue,
  countScheduled,
  countFailed,
  countGroups,
  selectNotDue,
  selectLocksOfClients,
  selectDue,
  ...countedGroupStatements,
]

interface LockRow {
  locked_by: string | null
  locked_run: string | null
  lock_expires_at: number | null
}

interface DueRow {
  available_at: number
  sequence: number
  group_name: string | null
}

interface SightRow {
  name: string
  due_at: number | null
  next_at: number | null
}

/** Nothing of the forefront side comes after this place. */
const noForefront = [0, 0] as const

const readGroupRow = rowReader(groupColumns)

/** Reads one queue without a transaction. Each step is one statement. */
export class PostgresExplainRows implements ExplainRows, ClientRows {
  /** The database does the steps. */
  readonly turnBegunAt = null
  readonly #database: Database
  readonly #moment: QueueMoment

  constructor(database: Database, moment: QueueMoment) {
    this.#database = database
    this.#moment = moment
  }

  countDue(max: number): Promise<number> {
    return this.#count(countDue, ...this.#due(), max)
  }

  countScheduled(max: number): Promise<number> {
    return this.#count(countScheduled, this.#moment.now, max)
  }

  countFailed(max: number): Promise<number> {
    return this.#count(countFailed, max)
  }

  countGroups(max: number): Promise<number> {
    return this.#count(countGroups, max)
  }

  async notDue(after: Place, to: number, max: number): Promise<NotDue[]> {
    const values = [after.availableAt, after.sequence, to, max]
    const rows = await this.#query<LockRow & { available_at: number; sequence: number }>(
      selectNotDue,
      ...values,
    )
    return rows.map(({ available_at, sequence, ...row }) => {
      return { place: { availableAt: available_at, sequence }, lock: this.#liveLock(row) }
    })
  }

  async locksOfClients(after: string, clientsMax: number, locksMax: number) {
    const values = [toText(after), clientsMax, this.#moment.now, locksMax]
    const rows = await this.#query<LockRow>(selectLocksOfClients, ...values)
    const clients = new Set(rows.map(({ locked_by }) => locked_by))
    const locks = rows.map((row) => this.#liveLock(row)).filter((lock) => lock !== null)
    const lastKey = fromText(rows.at(-1)?.locked_by ?? null)
    return { locks, lastKey: clients.size < clientsMax && locks.length < locksMax ? null : lastKey }
  }

  async due(after: Place | null, max: number): Promise<DueInGroup[]> {
    const [from, to, firstAt, firstSequence] = this.#due()
    const isInEnd = after !== null && after.availableAt >= 0
    const forefront = isInEnd
      ? noForefront
      : [after?.availableAt ?? from, after?.sequence ?? Number.MIN_SAFE_INTEGER]
    const end = isInEnd ? [after.availableAt, after.sequence] : [firstAt, firstSequence - 1]
    const rows = await this.#query<DueRow>(selectDue, ...forefront, ...end, to, max)
    return rows.map(({ available_at, sequence, group_name }) => {
      return { place: { availableAt: available_at, sequence }, group: fromText(group_name) }
    })
  }

  async groupsNamed(names: readonly string[]): Promise<GroupState[]> {
    const rows = await this.#query<GroupRow>(selectGroups, names.map(toText))
    return rows.map((row) => groupOfRow(readGroupRow(row)))
  }

  async groups(asked: GroupsAsked): Promise<GroupCounted[]> {
    const { statement, values } = countedGroupsQuery(this.#moment, asked)
    return (await this.#query<CountedRow>(statement, ...values)).map(countedOfRow)
  }

  countDueOf(name: string, max: number): Promise<number> {
    const { statement, values } = countDueOfQuery(this.#moment, name, max)
    return this.#count(statement, ...values)
  }

  async nextPlaces(): Promise<NextPlaces> {
    const [row] = await this.#query<NextRow>(selectNextPlaces, ...this.#due())
    return nextPlacesOf(row!)
  }

  async firstDue(names: readonly string[]): Promise<Map<string, Millis | null>> {
    const { queue, now } = this.#moment
    const values = [now, ranksIn(queue.ranks), names.map(toText)]
    const rows = await this.#query<SightRow>(selectSights, ...values)
    const found = new Map<string, Millis | null>(names.map((name) => [name, null]))
    for (const row of rows) {
      const name = fromText(row.name)
      const at = row.due_at === null ? row.next_at : now
      const known = found.get(name) ?? null
      if (at !== null) found.set(name, known === null ? at : Math.min(known, at))
    }
    return found
  }

  async clients(): Promise<ClientDeeds[]> {
    const rows = await this.#query<ClientRow>(selectClients)
    return rows.map((row) =>
      deedsOfRow({ ...row, client_key: fromText(row.client_key), run_id: fromText(row.run_id) }),
    )
  }

  #due(): [from: number, to: number, firstAt: number, firstSequence: number] {
    const { row, now } = this.#moment
    const { from, to } = dueRange(now)
    return [from, to, row.head_from_at, row.head_from_sequence]
  }

  #liveLock({ locked_by, locked_run, lock_expires_at }: LockRow): LockFound | null {
    if (locked_by === null || lock_expires_at === null || lock_expires_at <= this.#moment.now) return null
    return { clientKey: fromText(locked_by), runId: fromText(locked_run), expiresAt: lock_expires_at }
  }

  async #count(what: Statement, ...values: readonly unknown[]): Promise<number> {
    const [row] = await this.#query<{ count: number }>(what, ...values)
    return Number(row!.count)
  }

  /** The first parameter of each statement is the queue. */
  #query<Row extends QueryResultRow>(what: Statement, ...values: readonly unknown[]): Promise<Row[]> {
    return withRetries(() => this.#database.query<Row>(what, [this.#moment.row.queue_id, ...values]))
  }
}
