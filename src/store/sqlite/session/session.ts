import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Right } from '../../../domain/caller.ts'
import type { Refusal } from '../../../domain/lifecycle.ts'
import { foldedName } from '../../../domain/queue.ts'
import type { Millis } from '../../../domain/time.ts'
import { changingNames, valuesOfQueue } from '../../columns/queues.ts'
import type { QueueParams } from '../../params/queues.ts'
import { refusalOfUse } from '../../queue-access.ts'
import { type LoadedQueueRow, QueueState, type ReadStatistics, UnsavedQueues } from '../../queue-state.ts'
import type { StoreClock } from '../../store-clock.ts'
import { assignments, queueRowOf, type Stored, toStored } from '../columns.ts'
import type { SharedReads, TakenReads } from '../reads/shared-reads.ts'
import { queueNameValues, selectQueueByName } from './queue-by-name.ts'
import { selectQueue } from './queue-row.ts'
import { QueueTotals } from './queue-totals.ts'

/** So many queues are kept in memory; beyond it those without unsaved changes are dropped and read again later. */
const cachedQueuesMax = 20_000

const writtenNames = ['name', ...changingNames] as const
const writtenValues = valuesOfQueue(writtenNames)
const updateQueue = `UPDATE queues SET ${assignments(['name_folded', ...writtenNames])} WHERE number = ?`

/** What an operation works with: the writing connection, this transaction's time, and the queues in memory. */
export class Session {
  readonly db: DatabaseSync
  /** How many queues each user has. */
  readonly totals: QueueTotals
  readonly #clock: StoreClock
  readonly #reads: SharedReads
  readonly #statements = new Map<string, StatementSync>()
  readonly #queuesById = new Map<string, QueueState>()
  readonly #unsaved = new UnsavedQueues()
  /** What this transaction took in of reads, by the number of the queue. */
  readonly #taken = new Map<number, TakenReads>()
  /** The queues that this transaction had in hand, and what of their reads was waiting for a save before; null: nothing. */
  readonly #inHand = new Map<QueueState, ReadStatistics | null>()
  /** Statistics of reads that a transaction that failed has left behind, to be counted again. */
  readonly #leftBehind: { readonly id: string; readonly reads: ReadStatistics }[] = []
  /** When so many queues are in memory, those without unsaved changes are dropped. */
  #dropAt = cachedQueuesMax
  #now: Millis = 0

  constructor(db: DatabaseSync, clock: StoreClock, reads: SharedReads) {
    this.db = db
    this.totals = new QueueTotals(db)
    this.#clock = clock
    this.#reads = reads
  }

  /** The time of the running transaction: read once, the same for every call in it. */
  get now(): Millis {
    return this.#now
  }

  /** Prepared once a connection. */
  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  begin(): void {
    this.#countAgain()
    this.#now = this.#clock.now()
    this.statement('BEGIN IMMEDIATE').run()
    this.#taken.clear()
    this.#inHand.clear()
    this.totals.begin()
  }

  /** Writes what calls have changed of the queues in memory, then commits: when this returns, it is on disk. */
  commit(): void {
    for (const queue of this.#unsaved.urgent) this.write(queue)
    this.statement('COMMIT').run()
  }

  /** Forgets everything since `begin`. What was counted of reads before it, or taken in since, is not lost. */
  rollback(): void {
    if (this.db.isTransaction) this.statement('ROLLBACK').run()
    this.totals.rollback()
    for (const [queue, reads] of this.#inHand) {
      this.#queuesById.delete(queue.id)
      this.#unsaved.delete(queue)
      if (reads !== null) this.#leftBehind.push({ id: queue.id, reads })
    }
    this.#inHand.clear()
    for (const [queueNumber, reads] of this.#taken) this.#reads.giveBack(queueNumber, reads)
    this.#taken.clear()
    this.#countAgain()
  }

  /** Where a queue cannot be read now, its statistics wait for the next transaction. */
  #countAgain(): void {
    try {
      for (let left = this.#leftBehind.at(-1); left !== undefined; left = this.#leftBehind.at(-1)) {
        this.#byId(left.id)?.countReadsAs(left.reads)
        this.#leftBehind.pop()
      }
    } catch {
      // The disk cannot be read; whoever needs this queue is told.
    }
  }

  /** The queue at this address, when the caller may use it so. */
  queue(params: QueueParams, right: Right): QueueState | Refusal {
    const queue = 'queueId' in params.queue ? this.#byId(params.queue.queueId) : this.#byName(params)
    const refusal = refusalOfUse(params, queue, right)
    if (refusal !== null) return refusal
    this.#takeReadsOf(queue!)
    return queue!
  }

  /** The queue of that ID, whosever it is, for what nobody asked for by its address. */
  anyQueue(queueId: string): QueueState | undefined {
    const queue = this.#byId(queueId)
    if (queue !== undefined) this.#takeReadsOf(queue)
    return queue
  }

  /** The numbers of the queues whose access times or statistics of reads wait for a save. */
  unsavedNumbers(): number[] {
    const numbers = new Set(this.#reads.waiting())
    for (const { number } of this.#unsaved.queues) numbers.add(number)
    return [...numbers]
  }

  /** Writes the row of a queue, with what reading connections counted. Nothing happens where there is no such queue. */
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

  /** Takes in a row that was just written or read. */
  adopt(row: Stored<LoadedQueueRow>): QueueState {
    if (this.#queuesById.size >= this.#dropAt) this.#dropSaved()
    const queue = new QueueState(queueRowOf(row), this.#unsaved)
    this.#queuesById.set(queue.id, queue)
    return this.#takeInHand(queue)
  }

  forget(queue: QueueState): void {
    this.#queuesById.delete(queue.id)
    this.#unsaved.delete(queue)
    this.#reads.release(queue.number)
  }

  #takeReadsOf(queue: QueueState): void {
    const reads = this.#reads.take(queue.number)
    if (reads === null) return
    if (this.db.isTransaction) {
      const earlier = this.#taken.get(queue.number)?.readCount ?? 0
      this.#taken.set(queue.number, { ...reads, readCount: earlier + reads.readCount })
    }
    queue.readCount += reads.readCount
    queue.accessed(reads.readAt)
  }

  #byId(queueId: string): QueueState | undefined {
    const known = this.#queuesById.get(queueId)
    if (known !== undefined) return this.#takeInHand(known)
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

  /** To be called before it changes, so that a transaction that fails can undo that. */
  #takeInHand(queue: QueueState): QueueState {
    if (!this.#inHand.has(queue)) {
      this.#inHand.set(queue, this.#unsaved.queues.has(queue) ? queue.reads() : null)
    }
    return queue
  }

  /** Writes the row of a queue as it is in memory; `commit` does it where it has to be. */
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
    // Where most have unsaved changes, the next look would find little more.
    this.#dropAt = Math.max(cachedQueuesMax, this.#queuesById.size + cachedQueuesMax / 4)
  }
}
