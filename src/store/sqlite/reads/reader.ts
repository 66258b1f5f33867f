import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { untilDue } from '../../../domain/availability.ts'
import type { Caller, Right } from '../../../domain/caller.ts'
import { HeadlockError } from '../../../domain/errors.ts'
import type { HeadItem, RequestView } from '../../../domain/request.ts'
import type { Millis } from '../../../domain/time.ts'
import { listRequests } from '../../list-requests.ts'
import type { FigureMethods } from '../../methods/figures.ts'
import type { GetHeadItems } from '../../params/head-and-locks.ts'
import type { QueueParams } from '../../params/queues.ts'
import type { GetRequest, ListRequests, RequestPage } from '../../params/requests.ts'
import { refusalOfUse, usable } from '../../queue-access.ts'
import { type LoadedQueueRow, QueueState, UnsavedQueues } from '../../queue-state.ts'
import { type HeadItemRow, headItemOf, shortTextColumns } from '../../request-page.ts'
import { type ViewRow, viewColumnsUpTo, viewOfRow } from '../../request-views.ts'
import type { StoreClock } from '../../store-clock.ts'
import { queueRowOf, type Stored } from '../columns.ts'
import { openReader } from '../file/database.ts'
import { type InsightReads, insightReads } from '../insight/insight.ts'
import { type JobReads, jobReads } from '../jobs/job-reads.ts'
import { SqliteRequestRows } from '../request-rows.ts'
import { figureReads } from '../series/figure-reads.ts'
import {
  dueParameters,
  type NextRow,
  nextPlacesOf,
  selectNextGroups,
  selectNextPlaces,
} from '../session/due-requests.ts'
import { queueNameValues, selectQueueByName } from '../session/queue-by-name.ts'
import { selectQueue } from '../session/queue-row.ts'
import { Prepared } from './prepared.ts'
import type { ReaderParts } from './reader-parts.ts'
import type { SharedReads } from './shared-reads.ts'

/**
 * Answers read-only calls in the thread of the caller, which is the cheapest way. A statement sees everything
 * that was committed when it began. Answers are sent after the commit, so nothing acknowledged is ever missed
 * (11.2).
 */
export class Reader {
  readonly #db: DatabaseSync
  readonly #prepared: Prepared
  readonly #clock: StoreClock
  readonly #reads: SharedReads
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #getRequest: StatementSync
  readonly #accessByHash: StatementSync
  readonly #queueById: StatementSync
  readonly #queueByName: StatementSync
  /** What people look at. */
  readonly insight: InsightReads
  readonly figures: FigureMethods
  /** What actions, forks and their jobs need. */
  readonly jobs: JobReads
  #waiting: WaitingRead[] = []
  readonly #answerWaiting = () => this.#answerAll()

  constructor(file: string, clock: StoreClock, reads: SharedReads) {
    this.#db = openReader(file)
    this.#prepared = new Prepared(this.#db)
    this.#clock = clock
    this.#reads = reads
    this.#begin = this.#db.prepare('BEGIN')
    this.#commit = this.#db.prepare('COMMIT')
    this.#getRequest = this.#db.prepare(`
      SELECT queues.owner_id, queues.number AS queue_number, ${viewColumnsUpTo('?3')}
      FROM queues LEFT JOIN requests ON requests.queue_number = queues.number AND requests.id = ?2
      WHERE queues.id = ?1`)
    this.#accessByHash = this.#db.prepare(`
      SELECT tokens.id, tokens.user_id, users.username, tokens.run_id, tokens.read_only
      FROM tokens JOIN users ON users.id = tokens.user_id
      WHERE tokens.token_hash = ?`)
    this.#queueById = this.#db.prepare('SELECT number, id, owner_id FROM queues WHERE id = ?')
    this.#queueByName = this.#db.prepare(selectQueueByName)
    const parts: ReaderParts = {
      db: this.#db,
      prepared: this.#prepared,
      file,
      clock,
      queueFor: (params, right) => this.#queue(params, right),
      numberById: (queueId) => this.#numberById(queueId),
      stateOf: (number) => this.#state(number),
      inSnapshot: (read) => this.#inSnapshot(read),
      assertOpen: () => this.#assertOpen(),
    }
    this.insight = insightReads(parts)
    this.figures = figureReads(parts)
    this.jobs = jobReads(parts)
  }

  /** Null if this user has no queue at that address. */
  findQueueId(params: QueueParams): string | null {
    const row = this.#rowAt(params)
    const queue = row === undefined ? undefined : { ownerId: row.owner_id }
    return refusalOfUse(params, queue, 'inspect') === null ? row!.id : null
  }

  /**
   * Reads a request and its lock. Calls of one turn of the event loop are answered together at its end, from
   * one snapshot. The snapshot begins after all of these calls, so none misses what was acknowledged before
   * it. A single caller pays nothing for that. Under load it makes reads cheap: one transaction for many
   * reads, and answers that are sent in one burst (docs/performance.md).
   *
   * @returns `counted` is false if the read still has to be counted by message (shared-reads.ts)
   */
  getRequest(params: GetRequest): Promise<ReadRequest> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ params, resolve, reject }) === 1) setImmediate(this.#answerWaiting)
    })
  }

  /** Does not use the storage thread: callers with wrong tokens must not slow it down. */
  findCaller(tokenHash: string): Caller | null {
    this.#assertOpen()
    const row = this.#accessByHash.get(tokenHash)
    if (row === undefined) return null
    return {
      tokenId: row['id'] as string,
      userId: row['user_id'] as string,
      username: row['username'] as string,
      runId: row['run_id'] as string | null,
      readOnly: row['read_only'] !== 0,
    }
  }

  /** Reads in steps, so that a long list delays nobody. */
  async listRequests(params: ListRequests): Promise<ReadPage> {
    const queue = this.#queue(params, 'read')
    const assertOpen = () => this.#assertOpen()
    const rows = new SqliteRequestRows(this.#db, queue.number, () => this.#clock.now(), assertOpen)
    return { ...(await listRequests(rows, params)), queueId: queue.id }
  }

  getHeadItems(params: GetHeadItems): HeadItem[] {
    const queue = this.#queue(params, 'read')
    const statement = this.#db.prepare(`
      SELECT id, method, retry_count, ${shortTextColumns('?3')} FROM requests
      WHERE queue_number = ?1 AND id = ?2`)
    const { bytesMax = Number.MAX_SAFE_INTEGER } = params
    return params.requestIds.flatMap((id) => {
      const row = statement.get(queue.number, id, bytesMax) as HeadItemRow | undefined
      return row === undefined ? [] : [headItemOf(row)]
    })
  }

  now(): Millis {
    return this.#clock.now()
  }

  /** How long until a head/lock may find something, null if it never would. From one snapshot. */
  whenAvailable(params: QueueParams): Millis | null {
    const { number } = this.#queue(params, 'write')
    return this.#inSnapshot(() => {
      const queue = this.#state(number)
      // It hands out nothing until its policy changes (13.13).
      if (queue.policy.isPaused) return null
      const now = this.#clock.now()
      const [, from, to] = dueParameters(number, now, 1)
      const next = queue.handsOutByGroups
        ? this.#db.prepare(selectNextGroups).get(number)
        : this.#db.prepare(selectNextPlaces).get(number, from, to)
      return untilDue(nextPlacesOf(next as unknown as NextRow), now)
    })
  }

  /** May be called twice. */
  close(): void {
    if (this.#db.isOpen) this.#db.close()
  }

  #answerAll(): void {
    const waiting = this.#waiting
    this.#waiting = []
    const together = waiting.length > 1 && this.#db.isOpen
    try {
      if (together) this.#begin.run()
    } catch (error) {
      for (const { reject } of waiting) reject(error as Error)
      return
    }
    const readAt = this.#clock.now()
    for (const { params, resolve, reject } of waiting) {
      try {
        resolve(this.#read(params, readAt))
      } catch (error) {
        reject(error as Error)
      }
    }
    if (together) this.#endTransaction()
  }

  /**
   * Ends the read transaction. All reads are answered by now. An error of the disk has already ended it, or
   * ends it now.
   */
  #endTransaction(): void {
    try {
      this.#commit.run()
    } catch {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
    }
  }

  #state(queueNumber: number): QueueState {
    const row = this.#prepared.statement(`${selectQueue} WHERE queues.number = ?`).get(queueNumber)
    if (row === undefined) throw new HeadlockError('queueNotFound')
    return new QueueState(queueRowOf(row as unknown as Stored<LoadedQueueRow>), new UnsavedQueues())
  }

  /** Lets several statements see the same data. */
  #inSnapshot<Result>(read: () => Result): Result {
    this.#begin.run()
    try {
      return read()
    } finally {
      this.#endTransaction()
    }
  }

  /** One statement, if the address has the ID of the queue. */
  #read(params: GetRequest, readAt: Millis): ReadRequest {
    this.#assertOpen()
    const queueId = 'queueId' in params.queue ? params.queue.queueId : this.#queue(params, 'read').id
    const { requestId, bytesMax = Number.MAX_SAFE_INTEGER } = params
    const found = this.#getRequest.get(queueId, requestId, bytesMax) as RequestOfQueueRow | undefined
    const row = usable(params, found, 'read')
    if (row.id === null) throw new HeadlockError('requestNotFound')
    const view = viewOfRow(row, readAt)
    // A request that comes without its texts was not read (7.4).
    const counted = view.longBytes !== undefined || this.#reads.count(row.queue_number, readAt)
    return { view, counted, readAt, queueId }
  }

  #assertOpen(): void {
    if (!this.#db.isOpen) throw new HeadlockError('storeUnavailable', { problem: 'the store is closing' })
  }

  #numberById(queueId: string): number | null {
    this.#assertOpen()
    const row = this.#queueById.get(queueId) as QueueFound | undefined
    return row?.number ?? null
  }

  /** The queue at this address, if the caller may use it. */
  #queue(params: QueueParams, right: Right): QueueFound {
    return usable(params, this.#rowAt(params), right)
  }

  #rowAt(params: QueueParams): QueueFound | undefined {
    this.#assertOpen()
    const row =
      'queueId' in params.queue
        ? this.#queueById.get(params.queue.queueId)
        : this.#queueByName.get(...queueNameValues(params.queue, params))
    return row as QueueFound | undefined
  }
}

/** With the ID of the queue that was read. It may have another name by now. */
export interface ReadPage extends RequestPage {
  readonly readAt: Millis
  readonly queueId: string
}

export interface ReadRequest {
  readonly queueId: string
  readonly view: RequestView
  readonly counted: boolean
  readonly readAt: Millis
}

interface QueueFound {
  readonly number: number
  readonly id: string
  readonly owner_id: string
}

interface WaitingRead {
  readonly params: GetRequest
  resolve(answer: ReadRequest): void
  reject(error: Error): void
}

interface RequestOfQueueRow extends ViewRow {
  owner_id: string
  queue_number: number
}
