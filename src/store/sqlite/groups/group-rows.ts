import type { Place } from '../../../domain/order.ts'
import { type GroupState, newGroup } from '../../../domain/policy/group.ts'
import type { Sight } from '../../../domain/policy/group-look.ts'

import { forefrontRank, keyOf, ranksIn } from '../../../domain/policy/rank.ts'
import type { RequestContent } from '../../../domain/request.ts'
import { contentNames, contentOf, type RequestRow } from '../../columns/requests.ts'
import type {
  Due,
  DueRequest,
  GroupRows,
  OpenGroup,
  WalkedKind,
} from '../../operations/hand-out/group-rows.ts'
import type { LockToTake } from '../../operations/hand-out/lock-to-take.ts'
import type { QueueState } from '../../queue-state.ts'
import { dueParameters, selectDue } from '../session/due-requests.ts'
import { appendHistory } from '../session/history-columns.ts'
import type { Session } from '../session/session.ts'
import { clearRows, type NumberedRequests, requestsAfter, unhandledAfter } from './building-rows.ts'
import { dueColumnCount, dueColumns, dueOfRow, type NumberedDue } from './due-rows.ts'
import { cachedColumns } from './group-cache.ts'
import { openGroups } from './open-groups.ts'
import { sightIn } from './sight.ts'
import type { ValueRow } from './statements.ts'

const selectToLookAt = `
  SELECT ${cachedColumns} FROM groups INDEXED BY groups_to_look_at
  WHERE queue_number = ? AND look_at <= ? ORDER BY look_at LIMIT +?`
const ofRank = `
  FROM requests INDEXED BY requests_in_groups WHERE queue_number = ? AND group_number = ? AND rank = ?`
/** Reads only the index, in which one group has few pages. */
const selectDueOfRank = `
  SELECT number, available_at, sequence ${ofRank} AND available_at BETWEEN ? AND ? ORDER BY available_at, sequence LIMIT +?`
/** A place belongs to one request of a queue. */
const selectAtPlace = `
  SELECT ${dueColumns} FROM requests INDEXED BY requests_in_order
  WHERE queue_number = ? AND available_at = ? AND sequence = ?`
const selectNumbered = `SELECT ${dueColumns} FROM requests WHERE number = ?`
const selectDueByPlace = selectDue(`${dueColumns}, available_at, sequence, priority, group_name`)
const selectContent = `
  SELECT id, handled_at, ${contentNames.join(', ')} FROM requests WHERE queue_number = ? AND id = ?`
const selectGroupsAfter = `
  SELECT ${cachedColumns} FROM groups INDEXED BY groups_by_name
  WHERE queue_number = ? AND name > ? ORDER BY name LIMIT +?`
const lockEach = `
    available_before = available_at,
    available_at = CASE WHEN available_at < 0 THEN -?1 ELSE ?1 END,
    lock_expiries = CASE WHEN locked_by IS NULL THEN lock_expiries ELSE coalesce(lock_expiries, 0) + 1 END,
    locked_by = ?2,
    locked_run = ?3,
    lock_expires_at = ?1,
    lock_group = NULL`
const ofNumbers = 'WHERE number IN (SELECT value FROM json_each(?4))'
const lockAll = `UPDATE requests SET ${lockEach} ${ofNumbers}`
const lockAllWithHistory = `UPDATE requests SET ${lockEach}, ${appendHistory('?5', '?6', 1)} ${ofNumbers}`

interface PlaceRow {
  number: number
  available_at: number
  sequence: number
}

type PlaceValues = [availableAt: number, sequence: number, priority: number | null, group: string | null]

/** A due request that was found in an index. */
interface FoundDue extends Due {
  readonly number: number
}

/** The groups of one queue in the running transaction, and their requests. */
export class SqliteGroupRows implements GroupRows {
  readonly #session: Session
  readonly #queue: QueueState
  readonly #requests: NumberedRequests

  constructor(session: Session, queue: QueueState, requests: Omit<NumberedRequests, 'content'>) {
    this.#session = session
    this.#queue = queue
    this.#requests = { ...requests, content: (requestId) => this.contentOf(requestId) }
  }

  get(name: string): GroupState {
    const { number, policyVersion } = this.#queue
    return this.#session.groups.get(number, name) ?? newGroup(name, policyVersion)
  }

  put(group: GroupState): void {
    this.#session.groups.put(this.#queue.number, group)
  }

  remove(name: string): void {
    this.#session.groups.remove(this.#queue.number, name)
  }

  toLookAt(countMax: number): GroupState[] {
    const { number } = this.#queue
    return this.#groups(selectToLookAt, number, this.#session.now, countMax)
  }

  open(countMax: number): OpenGroup[] {
    return openGroups(this.#session, this.#queue, countMax)
  }

  sightOf(name: string): Sight {
    const { number: queueNumber, ranks } = this.#queue
    const groupNumber = this.#session.groups.numberOf(this.#queue, name)
    return sightIn(this.#session, { queueNumber, groupNumber, ranks }, this.#session.now)
  }

  dueOf(name: string, countMax: number): FoundDue[] {
    const { now } = this.#session
    const group = this.#session.groups.numberOf(this.#queue, name)
    const found: FoundDue[] = []
    for (const rank of ranksIn(this.#queue.ranks)) {
      const [from, to] = rank === forefrontRank ? [-now, -1] : [0, now]
      const left = countMax - found.length
      const values = [this.#queue.number, group, rank, from, to, left] as const
      const rows = this.#session.statement(selectDueOfRank).all(...values) as unknown as PlaceRow[]
      for (const { number, available_at: availableAt, sequence } of rows) {
        found.push({ number, key: { rank, availableAt, sequence } })
      }
      if (found.length === countMax) break
    }
    return found
  }

  read(due: readonly Due[]): DueRequest[] {
    return due.map((each: Due & Partial<NumberedDue>) => {
      // The first request of an open group comes with it.
      if (each.item !== undefined) return each as NumberedDue
      const { key, number } = each
      const row =
        number === undefined
          ? this.#session.listStatement(selectAtPlace).get(this.#queue.number, key.availableAt, key.sequence)
          : this.#session.listStatement(selectNumbered).get(number)
      return dueOfRow(row as unknown as ValueRow, 0, key)
    })
  }

  dueByPlace(countMax: number): (DueRequest & { readonly group: string | null })[] {
    const values = dueParameters(this.#queue.number, this.#session.now, countMax)
    const rows = this.#session.listStatement(selectDueByPlace).all(...values) as unknown as ValueRow[]
    return rows.map((row) => {
      const [availableAt, sequence, priority, group] = row.slice(dueColumnCount) as PlaceValues
      return { ...dueOfRow(row, 0, keyOf({ availableAt, sequence }, priority ?? 0)), group }
    })
  }

  lockAll(requests: readonly DueRequest[], { client, expiresAt, history }: LockToTake): void {
    const numbers = (requests as readonly NumberedDue[]).map(({ number }) => number)
    const values = [expiresAt, client.clientKey, client.runId, JSON.stringify(numbers)] as const
    if (history === undefined) this.#session.statement(lockAll).run(...values)
    else this.#session.statement(lockAllWithHistory).run(...values, this.#queue.historySince, history)
  }

  requestsAfter(id: string, count: number, kind: WalkedKind) {
    return requestsAfter(this.#session, this.#queue, this.#requests, id, count, kind)
  }

  unhandledAfter(place: Place | null, countMax: number) {
    return unhandledAfter(this.#session, this.#queue, this.#requests, place, countMax)
  }

  after(name: string, countMax: number): GroupState[] {
    const { number } = this.#queue
    return this.#groups(selectGroupsAfter, number, name, countMax)
  }

  clear(countMax: number): number {
    return clearRows(this.#session, this.#queue, countMax)
  }

  contentOf(requestId: string): RequestContent {
    const row = this.#session.statement(selectContent).get(this.#queue.number, requestId)
    return contentOf(row as unknown as RequestRow)
  }

  /** Searches the table of groups, which has to know all changes. The statement selects `cachedColumns`. */
  #groups(sql: string, ...values: readonly (number | string)[]): GroupState[] {
    const { groups } = this.#session
    groups.flush()
    const rows = this.#session.listStatement(sql).all(...values) as unknown as ValueRow[]
    return rows.map((row) => groups.read(this.#queue.number, row)!)
  }
}
