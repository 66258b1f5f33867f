import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Right } from '../../../domain/caller.ts'
import type { Refusal } from '../../../domain/lifecycle.ts'
import { foldedName } from '../../../domain/queue.ts'
import type { Millis } from '../../../domain/time.ts'
import { AvailabilityNote } from '../../availability-note.ts'
import { changingNames, valuesOfQueue } from '../../columns/queues.ts'
import type { QueueParams } from '../../params/queues.ts'
import type { AvailabilityNews } from '../../params/waiting.ts'
import { refusalOfUse } from '../../queue-access.ts'
import { type LoadedQueueRow, QueueState, type ReadStatistics, UnsavedQueues } from '../../queue-state.ts'
import type { StoreClock } from '../../store-clock.ts'
import type { StoreFigures } from '../../store-figures.ts'
import { assignments, queueRowOf, type Stored, toStored } from '../columns.ts'
import { GroupCache } from '../groups/group-cache.ts'
import type { SharedReads, TakenReads } from '../reads/shared-reads.ts'
import { FigureBook } from '../series/figure-book.ts'
import { queueNameValues, selectQueueByName } from './queue-by-name.ts'
import { selectQueue } from './queue-row.ts'
import { QueueTotals } from './queue-totals.ts'

/**
 * How many queues are kept in memory. Beyond that, queues without unsaved changes are dropped, and read again
 * when needed.
 */
const cachedQueuesMax = 20_000

const writtenNames = ['name', ...changingNames] as const
const writtenValues = valuesOfQueue(writtenNames)
const updateQueue = `UPDATE queues SET ${assignments(['name_folded', ...writtenNames])} WHERE number = ?`

export interface QueueNews {
  readonly queueId: string
  readonly news: AvailabilityNews
}

const noNews: readonly QueueNews[] = []

/**
 * What operations work with: the writing connection, the time of the transaction, and the queues in memory.
 */
export class Session {
  readonly db: DatabaseSync
  /** How many queues each user has. */
  readonly totals: QueueTotals
  /** The groups of all queues. */
  readonly groups: GroupCache
  /** What was done in all queues over time. */
  readonly figures: FigureBook
  /** Whether the groups of a queue may have to be built. Only a search finds that none have to. */
  mayHaveBuildings = true
  readonly #clock: StoreClock
  readonly #reads: SharedReads
  readonly #statements = new Map<string, StatementSync>()
  readonly #listStatements = new Map<string, StatementSync>()
  readonly #queuesById = new Map<string, QueueState>()
  readonly #unsaved = new UnsavedQueues()
  /** The reads that this transaction took from `SharedReads`, by the number of the queue. */
  readonly #takenReads = new Map<number, TakenReads>()
  /**
   * The queues that this transaction has used. The value has the statistics of reads that waited for a save
   * before, or null.
   */
  readonly #usedQueues = new Map<QueueState, ReadStatistics | null>()
  /** Statistics of reads from a transaction that failed. They have to be counted again. */
  readonly #uncountedReads: { readonly id: string; readonly reads: ReadStatistics }[] = []
  /** The queues that somebody watches, by ID, with what the running transaction means for their waiting callers. */
  readonly #watched = new Map<string, AvailabilityNote>()
  /** What committed transactions mean for them. */
  #news: QueueNews[] = []
  /** How many queues in memory trigger the next drop. */
  #dropAt = cachedQueuesMax
  #now: Millis = 0
  #syncMs: Millis = 0

  /** @param figures where what is done is counted; null: nowhere */
  constructor(db: DatabaseSync, clock: StoreClock, reads: SharedReads, figures: StoreFigures | null = null) {
    this.db = db
    this.totals = new QueueTotals(db)
    this.groups = new GroupCache(this)
    this.figures = new FigureBook(this, figures)
    this.#clock = clock
    this.#reads = reads
  }

  /** The time of the running transaction. It is the same for every call in it. */
  get now(): Millis {
    return this.#now
  }

  /** By how much the running transaction has changed the number of unhandled requests. */
  get pendingChange(): number {
    return [...this.#usedQueues.keys()].reduce((sum, { tally }) => sum + tally.pendingChange, 0)
  }

  /** How long the last commit took to write the log and to sync it. */
  get syncMs(): Millis {
    return this.#syncMs
  }

  /**
   * Each statement is prepared once for the connection. One with a parameter alone after LIMIT is planned anew
   * each time it runs (tools/check/bound-limits.ts).
   */
  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  listStatement(sql: string): StatementSync {
    let statement = this.#listStatements.get(sql)
    if (statement === undefined) {
      statement = this.db.prepare(sql)
      statement.setReturnArrays(true)
      this.#listStatements.set(sql, statement)
    }
    return statement
  }

  begin(): void {
    this.#countAgain()
    this.#now = this.#clock.now()
    this.statement('BEGIN IMMEDIATE').run()
    this.#takenReads.clear()
    this.#usedQueues.clear()
    this.totals.begin()
    this.groups.begin()
    this.figures.begin()
  }

  /** Writes the queues that calls have changed, then commits. When this returns, everything is on disk. */
  commit(): void {
    for (const queue of this.#unsaved.urgent) this.write(queue)
    this.groups.flush()
    this.figures.flush()
    const beganAt = performance.now()
    this.statement('COMMIT').run()
    this.#syncMs = performance.now() - beganAt
    for (const queue of this.#usedQueues.keys()) if (queue.tally.hasSome) this.figures.add(queue, this.#now)
    if (this.#watched.size > 0) this.#gatherNews()
  }

  /** Undoes everything since `begin`. Reads that were counted before it, or taken since, are not lost. */
  rollback(): void {
    if (this.db.isTransaction) this.statement('ROLLBACK').run()
    this.totals.rollback()
    this.groups.rollback()
    this.figures.rollback()
    for (const [queue, reads] of this.#usedQueues) {
      queue.availability?.take(this.#now)
      this.#queuesById.delete(queue.id)
      this.#unsaved.delete(queue)
      if (reads !== null) this.#uncountedReads.push({ id: queue.id, reads })
    }
    this.#usedQueues.clear()
    for (const [queueNumber, reads] of this.#takenReads) this.#reads.giveBack(queueNumber, reads)
    this.#takenReads.clear()
    this.#countAgain()
  }

  /**
   * Counts statistics of failed transactions again. If a queue cannot be read now, they wait for the next
   * transaction.
   */
  #countAgain(): void {
    try {
      for (let left = this.#uncountedReads.at(-1); left !== undefined; left = this.#uncountedReads.at(-1)) {
        this.#byId(left.id)?.countReadsAs(left.reads)
        this.#uncountedReads.pop()
      }
    } catch {
      // The disk cannot be read. Calls that need this queue get the error.
    }
  }

  /** The queue at this address, if the caller may use it. */
  queue(params: QueueParams, right: Right): QueueState | Refusal {
    const queue = 'queueId' in params.queue ? this.#byId(params.queue.queueId) : this.#byName(params)
    const refusal = refusalOfUse(params, queue, right)
    if (refusal !== null) return refusal
    this.#takeReadsOf(queue!)
    return queue!
  }

  /** The queue with this ID, without a check of its owner. For work that does not start from an address in a call. */
  anyQueue(queueId: string): QueueState | undefined {
    const queue = this.#byId(queueId)
    if (queue !== undefined) this.#takeReadsOf(queue)
    return queue
  }

  /** Gathers, from now on, what changes of the queue mean for callers that wait for its requests (13.14). */
  watch(queueId: string): void {
    const note = this.#watched.get(queueId) ?? new AvailabilityNote()
    this.#watched.set(queueId, note)
    const known = this.#queuesById.get(queueId)
    if (known !== undefined) known.availability = note
  }

  endWatch(queueId: string): void {
    this.#watched.delete(queueId)
    const known = this.#queuesById.get(queueId)
    if (known !== undefined) known.availability = null
  }

  /** What the transactions since the last time mean for the queues that are watched. */
  takeNews(): readonly QueueNews[] {
    if (this.#news.length === 0) return noNews
    const news = this.#news
    this.#news = []
    return news
  }

  #gatherNews(): void {
    for (const queue of this.#usedQueues.keys()) {
      const news = queue.availability?.take(this.#now)
      if (news != null) this.#news.push({ queueId: queue.id, news })
    }
  }

  /** The numbers of the queues with unsaved access times or statistics of reads. */
  unsavedNumbers(): number[] {
    const numbers = new Set(this.#reads.waiting())
    for (const { number } of this.#unsaved.queues) numbers.add(number)
    return [...numbers]
  }

  /**
   * Writes the row of a queue, with the reads that reading connections counted. Does nothing if the queue
   * does not exist.
   */
  save(queueNumber: number): void {
    const row = this.statement('SELECT id FROM queues WHERE number = ?').get(queueNumber)
    const queue = row === undefined ? undefined : this.#byId(row['id'] as string)
    if (queue === undefined) {
      this.#reads.release(queueNumber)
      return
    }
    this.#takeReadsOf(queue)
    if (this.#unsaved.queues.has(queue)) this.write(queue)
  }

  /** Keeps a queue in memory whose row was just written or read. */
  adopt(row: Stored<LoadedQueueRow>): QueueState {
    if (this.#queuesById.size >= this.#dropAt) this.#dropSaved()
    const queue = new QueueState(queueRowOf(row), this.#unsaved)
    queue.availability = this.#watched.get(queue.id) ?? null
    this.#queuesById.set(queue.id, queue)
    return this.#markUsed(queue)
  }

  forget(queue: QueueState): void {
    // Who waits for its requests has to hear that it is gone.
    queue.availability?.unknownChange()
    this.#queuesById.delete(queue.id)
    this.#unsaved.delete(queue)
    this.#reads.release(queue.number)
  }

  #takeReadsOf(queue: QueueState): void {
    const reads = this.#reads.take(queue.number)
    if (reads === null) return
    if (this.db.isTransaction) {
      const earlier = this.#takenReads.get(queue.number)?.readCount ?? 0
      this.#takenReads.set(queue.number, { ...reads, readCount: earlier + reads.readCount })
    }
    queue.readCount += reads.readCount
    queue.accessed(reads.readAt)
  }

  #byId(queueId: string): QueueState | undefined {
    const known = this.#queuesById.get(queueId)
    if (known !== undefined) return this.#markUsed(known)
    const row = this.statement(`${selectQueue} WHERE queues.id = ?`).get(queueId) as
      | Stored<LoadedQueueRow>
      | undefined
    return row === undefined ? undefined : this.adopt(row)
  }

  #byName(params: QueueParams): QueueState | undefined {
    if ('queueId' in params.queue) return undefined
    const row = this.statement(selectQueueByName).get(...queueNameValues(params.queue, params))
    return row === undefined ? undefined : this.#byId(row['id'] as string)
  }

  /** Has to be called before a queue changes, so that a failed transaction can undo the change. */
  #markUsed(queue: QueueState): QueueState {
    if (!this.#usedQueues.has(queue)) {
      this.#usedQueues.set(queue, this.#unsaved.queues.has(queue) ? queue.reads() : null)
    }
    return queue
  }

  /** Writes the row of a queue. `commit` does this for all queues that need it. */
  write(queue: QueueState): void {
    this.statement(updateQueue).run(
      queue.name === null ? null : foldedName(queue.name),
      ...writtenValues(queue).map(toStored),
      queue.number,
    )
    this.#unsaved.delete(queue)
  }

  #dropSaved(): void {
    for (const queue of this.#queuesById.values()) {
      if (!this.#unsaved.queues.has(queue)) this.#queuesById.delete(queue.id)
    }
    // If most queues have unsaved changes, dropping again soon would gain little.
    this.#dropAt = Math.max(cachedQueuesMax, this.#queuesById.size + cachedQueuesMax / 4)
  }
}
