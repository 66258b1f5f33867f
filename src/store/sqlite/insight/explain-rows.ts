import { dueRange, type NextPlaces } from '../../../domain/availability.ts'
import type { Place } from '../../../domain/order.ts'
import type { GroupState } from '../../../domain/policy/group.ts'
import type { Millis } from '../../../domain/time.ts'
import type { ClientRow } from '../../columns/clients.ts'
import { type GroupRow, groupOfRow, groupRowNames } from '../../columns/groups.ts'
import type { ClientRows } from '../../insight/clients.ts'
import type {
  DueInGroup,
  ExplainRows,
  GroupCounted,
  GroupsAsked,
  LockFound,
  NotDue,
} from '../../insight/explain-rows.ts'
import type { Moment } from '../../insight/moment.ts'
import { type ClientDeeds, deedsOfRow } from '../../series/client-tally.ts'
import { sightIn } from '../groups/sight.ts'
import type { Prepared } from '../reads/prepared.ts'
import type { Turns } from '../reads/turns.ts'
import { type NextRow, nextPlacesOf, selectNextPlaces } from '../session/due-requests.ts'
import { countDueOf, countedGroupStatements, countedGroups } from './counted-groups.ts'

const inOrder = 'FROM requests INDEXED BY requests_in_order WHERE queue_number = ?'
/** Each counts entries of an index, to a limit. */
const countDue = `SELECT count(*) AS count FROM (SELECT 1 ${inOrder} AND available_at BETWEEN ? AND ? LIMIT +?)`
const countScheduled = `
  SELECT count(*) AS count FROM (
    SELECT 1 FROM requests INDEXED BY requests_scheduled WHERE queue_number = ? AND scheduled_at > ? LIMIT +?)`
const countFailed = `
  SELECT count(*) AS count FROM (
    SELECT 1 FROM requests INDEXED BY requests_failed WHERE queue_number = ? AND failure IS NOT NULL LIMIT +?)`
const countGroups = `
  SELECT count(*) AS count FROM (
    SELECT 1 FROM groups INDEXED BY groups_by_name WHERE queue_number = ? LIMIT +?)`
const selectNotDue = `
  SELECT available_at, sequence, locked_by, locked_run, lock_expires_at ${inOrder}
    AND (available_at, sequence) > (?, ?) AND available_at <= ?
  ORDER BY available_at, sequence LIMIT +?`
const ofClient = 'FROM requests INDEXED BY requests_by_client WHERE queue_number = ?'
const selectNextClient = `SELECT locked_by ${ofClient} AND locked_by > ? ORDER BY locked_by LIMIT 1`
const selectLocksOf = `
  SELECT locked_by, locked_run, lock_expires_at ${ofClient} AND locked_by = ? AND lock_expires_at > ? LIMIT +?`
const selectDue = `
  SELECT available_at, sequence, group_name ${inOrder}
    AND (available_at, sequence) > (?, ?) AND available_at <= ?
  ORDER BY available_at, sequence LIMIT +?`
const selectGroup = `SELECT ${groupRowNames.join(', ')} FROM groups WHERE queue_number = ? AND name = ?`
const selectGroupNumber = 'SELECT number FROM groups WHERE queue_number = ? AND name = ?'
const selectClients = `
  SELECT client_key, run_id, handed_out, taken_back, handled, ended, last_seen_at FROM queue_clients
  WHERE queue_number = ?`

/** For the test of their plans. */
export const explainStatements: readonly string[] = [
  countDue,
  countScheduled,
  countFailed,
  countGroups,
  selectNotDue,
  selectNextClient,
  selectLocksOf,
  selectDue,
  selectGroup,
  selectGroupNumber,
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

/** Reads one queue on a read-only connection. Each step is in a turn of the event loop of its own. */
export class SqliteExplainRows implements ExplainRows, ClientRows {
  readonly #db: Prepared
  readonly #moment: Moment
  readonly #turns: Turns

  constructor(db: Prepared, moment: Moment, turns: Turns) {
    this.#db = db
    this.#moment = moment
    this.#turns = turns
  }

  get turnBegunAt(): Millis {
    return this.#turns.begunAt
  }

  countDue(max: number): Promise<number> {
    const { from, to } = dueRange(this.#moment.now)
    return this.#count(countDue, from, to, max)
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
    const rows = await this.#all<LockRow & { available_at: number; sequence: number }>(
      selectNotDue,
      after.availableAt,
      after.sequence,
      to,
      max,
    )
    return rows.map(({ available_at, sequence, ...row }) => {
      return { place: { availableAt: available_at, sequence }, lock: this.#liveLock(row) }
    })
  }

  async locksOfClients(after: string, clientsMax: number, locksMax: number) {
    await this.#turns.next()
    const { queue, now } = this.#moment
    const next = this.#db.statement(selectNextClient)
    const ofClient = this.#db.statement(selectLocksOf)
    const locks: LockFound[] = []
    let lastKey = after
    for (let count = 0; count < clientsMax && locks.length < locksMax; count++) {
      const row = next.get(queue.number, lastKey) as { locked_by: string } | undefined
      if (row === undefined) return { locks, lastKey: null }
      lastKey = row.locked_by
      const rows = ofClient.all(queue.number, lastKey, now, locksMax - locks.length) as unknown as LockRow[]
      for (const each of rows) locks.push(this.#liveLock(each)!)
    }
    return { locks, lastKey }
  }

  async due(after: Place | null, max: number): Promise<DueInGroup[]> {
    const { from, to } = dueRange(this.#moment.now)
    const { availableAt, sequence } = after ?? { availableAt: from, sequence: Number.MIN_SAFE_INTEGER }
    const rows = await this.#all<DueRow>(selectDue, availableAt, sequence, to, max)
    return rows.map(({ available_at, sequence, group_name }) => {
      return { place: { availableAt: available_at, sequence }, group: group_name }
    })
  }

  async groupsNamed(names: readonly string[]): Promise<GroupState[]> {
    await this.#turns.next()
    const select = this.#db.statement(selectGroup)
    return names.flatMap((name) => {
      const row = select.get(this.#moment.queue.number, name) as GroupRow | undefined
      return row === undefined ? [] : [groupOfRow(row)]
    })
  }

  async groups(asked: GroupsAsked): Promise<GroupCounted[]> {
    await this.#turns.next()
    return countedGroups(this.#db, this.#moment, asked)
  }

  async countDueOf(name: string, max: number): Promise<number> {
    await this.#turns.next()
    return countDueOf(this.#db, this.#moment, name, max)
  }

  async nextPlaces(): Promise<NextPlaces> {
    const { from, to } = dueRange(this.#moment.now)
    const [row] = await this.#all<NextRow>(selectNextPlaces, from, to)
    return nextPlacesOf(row!)
  }

  async firstDue(names: readonly string[]): Promise<Map<string, Millis | null>> {
    await this.#turns.next()
    const { queue, now } = this.#moment
    const { number: queueNumber, ranks } = queue
    const numberOf = this.#db.statement(selectGroupNumber)
    return new Map(
      names.map((name) => {
        const row = numberOf.get(queueNumber, name) as { number: number } | undefined
        if (row === undefined) return [name, null]
        const { due, next } = sightIn(this.#db, { queueNumber, groupNumber: row.number, ranks }, now)
        return [name, due === null ? next : now]
      }),
    )
  }

  async clients(): Promise<ClientDeeds[]> {
    return (await this.#all<ClientRow>(selectClients)).map(deedsOfRow)
  }

  #liveLock({ locked_by, locked_run, lock_expires_at }: LockRow): LockFound | null {
    if (locked_by === null || lock_expires_at! <= this.#moment.now) return null
    return { clientKey: locked_by, runId: locked_run, expiresAt: lock_expires_at! }
  }

  async #count(sql: string, ...values: readonly number[]): Promise<number> {
    const [row] = await this.#all<{ count: number }>(sql, ...values)
    return row!.count
  }

  /** Runs one statement in a turn of its own. Its first parameter is the queue. */
  async #all<Row>(sql: string, ...values: readonly (string | number)[]): Promise<Row[]> {
    await this.#turns.next()
    return this.#db.statement(sql).all(this.#moment.queue.number, ...values) as unknown as Row[]
  }
}
