import { dueRange, type NextPlaces } from '../../../domain/availability.ts'
import type { Place } from '../../../domain/order.ts'
import type { GroupState } from '../../../domain/policy/group.ts'
import { ranksIn } from '../../../domain/policy/rank.ts'
import type { Millis } from '../../../domain/time.ts'
import { type GroupRow, groupOfRow, groupRowNames } from '../../columns/groups.ts'
import type { ClientRows } from '../../insight/clients.ts'
import type { ExplainRows, LockFound, NotDue } from '../../insight/explain-rows.ts'
import type { Moment } from '../../insight/moment.ts'
import { type ClientDeeds, type ClientRow, deedsOfRow } from '../../series/client-tally.ts'
import { sightIn } from '../groups/sight.ts'
import type { Prepared } from '../reads/prepared.ts'
import type { Turns } from '../reads/turns.ts'
import { type NextRow, nextPlacesOf, selectNextPlaces } from '../session/due-requests.ts'

const inOrder = 'FROM requests INDEXED BY requests_in_order WHERE queue_number = ?'
/** Each counts entries of an index, to a limit. */
const countDue = `SELECT count(*) AS count FROM (SELECT 1 ${inOrder} AND available_at BETWEEN ? AND ? LIMIT +?)`
const countScheduled = `
  SELECT count(*) AS count FROM (
    SELECT 1 FROM requests INDEXED BY requests_scheduled WHERE queue_number = ? AND scheduled_at > ? LIMIT +?)`
const countFailed = `
  SELECT count(*) AS count FROM (
    SELECT 1 FROM requests INDEXED BY requests_failed WHERE queue_number = ? AND failure IS NOT NULL LIMIT +?)`
const selectNotDue = `
  SELECT available_at, sequence, locked_by, locked_run, lock_expires_at ${inOrder}
    AND (available_at, sequence) > (?, ?) AND available_at <= ?
  ORDER BY available_at, sequence LIMIT +?`
const ofClient = 'FROM requests INDEXED BY requests_by_client WHERE queue_number = ?'
const selectNextClient = `SELECT locked_by ${ofClient} AND locked_by > ? ORDER BY locked_by LIMIT 1`
const selectLocksOf = `
  SELECT locked_by, locked_run, lock_expires_at ${ofClient} AND locked_by = ? AND lock_expires_at > ? LIMIT +?`
const selectDueByGroup = `
  SELECT group_name AS name, count(*) AS due FROM (
    SELECT group_name ${inOrder} AND available_at BETWEEN ? AND ? ORDER BY available_at, sequence LIMIT +?)
  WHERE group_name IS NOT NULL GROUP BY group_name`
const groupColumns = groupRowNames.map((name) => `groups.${name}`).join(', ')
const selectGroup = `SELECT ${groupColumns} FROM groups WHERE queue_number = ? AND name = ?`
const selectGroupsFrom = `
  SELECT ${groupColumns},
    CASE WHEN unhandled_count = 0 THEN 0 ELSE (
      SELECT count(*) FROM (
        SELECT 1 FROM requests INDEXED BY requests_in_groups
        WHERE queue_number = ?1 AND group_number = groups.number AND rank IN (SELECT value FROM json_each(?3))
          AND available_at BETWEEN ?4 AND ?5 LIMIT +?6)) END AS due
  FROM groups INDEXED BY groups_by_name WHERE queue_number = ?1 AND name >= ?2 ORDER BY name LIMIT +?7`
const selectGroupNumber = 'SELECT number FROM groups WHERE queue_number = ? AND name = ?'
const selectToLookAt = `
  SELECT ${groupColumns} FROM groups INDEXED BY groups_to_look_at
  WHERE queue_number = ? AND look_at IS NOT NULL ORDER BY look_at LIMIT +?`

const selectClients = `
  SELECT client_key, run_id, handed_out, taken_back, handled, ended, last_seen_at FROM queue_clients
  WHERE queue_number = ?`

/** For the test of their plans. */
export const explainStatements: readonly string[] = [
  countDue,
  countScheduled,
  countFailed,
  selectNotDue,
  selectNextClient,
  selectLocksOf,
  selectDueByGroup,
  selectGroup,
  selectGroupsFrom,
  selectGroupNumber,
  selectToLookAt,
]

interface LockRow {
  locked_by: string | null
  locked_run: string | null
  lock_expires_at: number | null
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

  dueByGroup(max: number): Promise<{ name: string; due: number }[]> {
    const { from, to } = dueRange(this.#moment.now)
    return this.#all(selectDueByGroup, from, to, max)
  }

  async groups(names: readonly string[]): Promise<GroupState[]> {
    await this.#turns.next()
    const select = this.#db.statement(selectGroup)
    return names.flatMap((name) => {
      const row = select.get(this.#moment.queue.number, name)
      return row === undefined ? [] : [groupOfRow(row as unknown as GroupRow)]
    })
  }

  async groupsFrom(name: string, max: number, dueMax: number) {
    const { queue, now } = this.#moment
    const { from, to } = dueRange(now)
    const ranks = JSON.stringify(ranksIn(queue.ranks))
    const values = [name, ranks, from, to, dueMax, max] as const
    const rows = await this.#all<GroupRow & { due: number }>(selectGroupsFrom, ...values)
    return rows.map((row) => ({ group: groupOfRow(row), due: row.due }))
  }

  async nextPlaces(): Promise<NextPlaces> {
    const { from, to } = dueRange(this.#moment.now)
    const [row] = await this.#all<NextRow>(selectNextPlaces, from, to)
    return nextPlacesOf(row!)
  }

  async groupsToLookAt(max: number): Promise<GroupState[]> {
    return (await this.#all<GroupRow>(selectToLookAt, max)).map(groupOfRow)
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
