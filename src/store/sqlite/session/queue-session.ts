import type { HeadItem, RequestContent, RequestState } from '../../../domain/request.ts'
import { type KnownStateRow, knownStateNames, stateOf } from '../../columns/requests.ts'
import { countToTake, headThatFits } from '../../head-size.ts'
import type { Job } from '../../jobs/job.ts'
import type { GroupRows } from '../../operations/hand-out/group-rows.ts'
import type { LockToTake } from '../../operations/hand-out/lock-to-take.ts'
import type { KnownRequest, QueueSession } from '../../operations/queue-session.ts'
import type { QueueState } from '../../queue-state.ts'
import {
  type HeadItemRow,
  headItemBytesMax,
  headItemOf,
  shortRequestBytesMax,
  shortTextColumns,
} from '../../request-page.ts'
import { countThatFits } from '../../steps/steps.ts'
import { SqliteGroupRows } from '../groups/group-rows.ts'
import { jobOfQueue, putJob } from '../jobs/job-rows.ts'
import { dueParameters, selectDue, selectScheduled } from './due-requests.ts'
import { appendHistory } from './history-columns.ts'
import { insertRow, moveRow, regroupRow, replaceRow } from './request-writes.ts'
import type { Session } from './session.ts'

/** Bounds the memory that the requests of one step take. */
const revisitedBytesMax = 8_000_000

interface NumberedStateRow extends KnownStateRow {
  number: number
}

interface HeadToTakeRow extends Omit<HeadItemRow, 'long_bytes'> {
  bytes: number
}

// Each text is built only once. A text built for each call would have to be compared with the prepared ones.
const selectState = `SELECT number, ${knownStateNames.join(', ')} FROM requests WHERE queue_number = ? AND id = ?`
const selectHandledAt = 'SELECT handled_at FROM requests WHERE queue_number = ? AND id = ?'
const deleteRequest = 'DELETE FROM requests WHERE number = ?'
const headColumns = `id, method, retry_count, ${shortTextColumns(String(headItemBytesMax))}`
const selectHead = selectDue(headColumns)
const selectHeadLater = selectScheduled(headColumns)
/** The size of the whole request decides here whether an item is long. That is the cheapest check. */
const selectHeadToTake = selectDue(`
    id, method, retry_count, bytes,
    CASE WHEN bytes <= ${shortRequestBytesMax} THEN unique_key ELSE '' END AS unique_key,
    CASE WHEN bytes <= ${shortRequestBytesMax} THEN url ELSE '' END AS url`)
/**
 * Locks like `lock` in domain/lifecycle.ts, but all requests in one statement: moving a request past now
 * locks it. Two statements are a little faster than one that returns the rows, because that one collects them
 * in a temporary table.
 */
const lockDue = `
    available_before = available_at,
    available_at = CASE WHEN available_at < 0 THEN -?5 ELSE ?5 END,
    lock_expiries = CASE WHEN locked_by IS NULL THEN lock_expiries ELSE coalesce(lock_expiries, 0) + 1 END,
    locked_by = ?6,
    locked_run = ?7,
    lock_expires_at = ?5`
const ofDue = `WHERE number IN (${selectDue('number')})`
const takeHead = `UPDATE requests SET ${lockDue} ${ofDue}`
const takeHeadWithHistory = `UPDATE requests SET ${lockDue}, ${appendHistory('?8', '?9', 1)} ${ofDue}`
const updateGroups = `
  UPDATE queues SET grouping = ?, ranks = ?, keeps_groups = ?, building = ?, revisits = ?, revisit_at = ?,
    history_since = ?
  WHERE number = ?`
const updatePolicy = 'UPDATE queues SET policy = ?, policy_version = ? WHERE number = ?'
const selectToRevisit = `
  SELECT id, revisit_at, bytes FROM requests INDEXED BY requests_to_revisit
  WHERE queue_number = ? AND revisit_at IS NOT NULL ORDER BY revisit_at, id LIMIT +?`
const selectHeldByClient = heldBy('locked_by')
const selectHeldByRun = heldBy('locked_run')

function heldBy(column: 'locked_by' | 'locked_run'): string {
  return `
    SELECT id, number, ${knownStateNames.join(', ')} FROM requests
    WHERE queue_number = ? AND ${column} = ? AND lock_expires_at > ? LIMIT +?`
}

/**
 * One queue in the running transaction. Everything is read and written immediately, on the connection that
 * writes.
 */
export class SqliteQueueSession implements QueueSession {
  readonly queue: QueueState
  readonly #session: Session
  /**
   * The row numbers of the requests that were read, by ID. Requests are read before they are moved or
   * replaced.
   */
  readonly #numbers = new Map<string, number>()
  /**
   * Whether the last request to add existed. Most links of a page are known, or most are new. So after a
   * known one, the next one is looked up before it is inserted.
   */
  #lastExisted = false
  #groups: SqliteGroupRows | null = null

  constructor(session: Session, queue: QueueState) {
    this.#session = session
    this.queue = queue
  }

  get now(): number {
    return this.#session.now
  }

  state(requestId: string): RequestState | null {
    const row = this.#session.statement(selectState).get(this.queue.number, requestId) as
      | NumberedStateRow
      | undefined
    if (row === undefined) return null
    this.#numbers.set(requestId, row.number)
    return stateOf(row)
  }

  /** The unique index decides whether the request exists. So two equal adds cannot both succeed. */
  addIfAbsent(
    content: RequestContent,
    state: RequestState,
    history?: string,
  ): { handledAt: number | null } | null {
    const known = this.#lastExisted ? this.#handledAt(content.id) : null
    if (known !== null) return known
    const { changes } = insertRow(this.#session, this.queue, content, state, history)
    this.#lastExisted = changes === 0
    return this.#lastExisted ? this.#handledAt(content.id) : null
  }

  move(requestId: string, state: RequestState, history?: string): void {
    moveRow(this.#session, this.queue, this.#numberOf(requestId), state, history)
  }

  replace(content: RequestContent, state: RequestState, history?: string): void {
    replaceRow(this.#session, this.queue, this.#numberOf(content.id), content, state, history)
  }

  regroup(requestId: string, state: RequestState): void {
    regroupRow(this.#session, this.queue, this.#numberOf(requestId), state)
  }

  remove(requestId: string): void {
    this.#session.statement(deleteRequest).run(this.#numberOf(requestId))
  }

  head(limit: number): HeadItem[] {
    const rows = this.#session.statement(selectHead).all(...this.#due(limit))
    const missing = limit - rows.length
    if (missing > 0 && this.queue.totalCount - this.queue.handledCount > rows.length) {
      rows.push(...this.#session.statement(selectHeadLater).all(this.queue.number, this.now, missing))
    }
    return [...headThatFits((rows as unknown as HeadItemRow[]).map(headItemOf))]
  }

  takeHead(limit: number, { client, expiresAt, history }: LockToTake): HeadItem[] {
    const rows = this.#session
      .statement(selectHeadToTake)
      .all(...this.#due(limit)) as unknown as HeadToTakeRow[]
    const items = rows.slice(0, countToTake(rows)).map(itemOf)
    if (items.length === 0) return items
    const values = [...this.#due(items.length), expiresAt, client.clientKey, client.runId] as const
    if (history === undefined) this.#session.statement(takeHead).run(...values)
    else this.#session.statement(takeHeadWithHistory).run(...values, this.queue.historySince, history)
    return items
  }

  heldBy(clientKey: string | null, runId: string | null, countMax: number): KnownRequest[] | null {
    const held = new Map<string, RequestState>()
    const gather = (sql: string, holder: string | null) => {
      if (holder === null) return
      const rows = this.#session.statement(sql).all(this.queue.number, holder, this.now, countMax + 1)
      for (const row of rows as unknown as (NumberedStateRow & { id: string })[]) {
        this.#numbers.set(row.id, row.number)
        held.set(row.id, stateOf(row))
      }
    }
    gather(selectHeldByClient, clientKey)
    gather(selectHeldByRun, runId)
    return held.size > countMax ? null : [...held].map(([id, state]) => ({ id, state }))
  }

  toRevisit(countMax: number): ReturnType<QueueSession['toRevisit']> {
    const rows = this.#session.statement(selectToRevisit).all(this.queue.number, countMax + 1)
    const found = rows as unknown as { id: string; revisit_at: number; bytes: number }[]
    const dueCount = found.filter(({ revisit_at }) => revisit_at <= this.now).length
    const fitting = countThatFits(found, { requests: Math.min(countMax, dueCount), bytes: revisitedBytesMax })
    return {
      requests: found.slice(0, fitting).map(({ id }) => {
        return { content: this.groups.contentOf(id), state: this.state(id)! }
      }),
      nextAt: found[fitting]?.revisit_at ?? null,
    }
  }

  contentOf(requestId: string): RequestContent {
    return this.groups.contentOf(requestId)
  }

  job(jobId: string): Job | null {
    return jobOfQueue(this.#session, this.queue.id, jobId)
  }

  putJob(job: Job): void {
    putJob(this.#session, this.queue.number, job)
  }

  queueWithName(foldedName: string): string | null {
    const row = this.#session
      .statement('SELECT id FROM queues WHERE owner_id = ? AND name_folded = ?')
      .get(this.queue.ownerId, foldedName)
    return row === undefined ? null : (row['id'] as string)
  }

  rename(name: string | null): void {
    const { ownerId, name: before } = this.queue
    this.#session.totals.change(ownerId, 0, (name === null ? 0 : 1) - (before === null ? 0 : 1))
    this.queue.name = name
    // Written now, not at the commit: the next call of this transaction may look up the name.
    this.#session.write(this.queue)
  }

  setPolicy(text: string | null, version: number): void {
    this.queue.setPolicy(text, version)
    this.#session.statement(updatePolicy).run(text, version, this.queue.number)
  }

  saveGroups(): void {
    const { grouping, ranks, keepsGroups, buildingText, revisitsText, revisitAt } = this.queue
    const { historySince, number } = this.queue
    this.#session
      .statement(updateGroups)
      .run(grouping, ranks, keepsGroups ? 1 : 0, buildingText, revisitsText, revisitAt, historySince, number)
    if (buildingText !== null) this.#session.mayHaveBuildings = true
  }

  get groups(): GroupRows {
    this.#groups ??= new SqliteGroupRows(this.#session, this.queue, {
      state: (id) => this.state(id),
      knowNumber: (id, number) => this.#numbers.set(id, number),
    })
    return this.#groups
  }

  #due(limit: number) {
    return dueParameters(this.queue.number, this.now, limit)
  }

  #handledAt(requestId: string): { handledAt: number | null } | null {
    const row = this.#session.statement(selectHandledAt).get(this.queue.number, requestId)
    return row === undefined ? null : { handledAt: row['handled_at'] as number | null }
  }

  #numberOf(requestId: string): number {
    const number = this.#numbers.get(requestId)
    if (number === undefined) throw new Error(`the request ${requestId} was not read before it was written`)
    return number
  }
}

function itemOf(row: HeadToTakeRow): HeadItem {
  const { id, unique_key: uniqueKey, url, method, retry_count: retryCount, bytes } = row
  const item = { id, uniqueKey, url, method, retryCount }
  return bytes <= shortRequestBytesMax ? item : { ...item, longBytes: bytes }
}
