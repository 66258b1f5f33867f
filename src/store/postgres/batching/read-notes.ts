import type { Millis } from '../../../domain/time.ts'
import type { QueueState } from '../../queue-state.ts'
import type { PostgresQueueRow } from '../rows.ts'

interface Reads {
  readonly readCount: number
  readonly headItemReadCount: number
  readonly accessedAt: Millis
}

const noReads: Reads = { readCount: 0, headItemReadCount: 0, accessedAt: 0 }

/**
 * Access times and statistics of reads that no transaction has written yet. They are not worth a transaction
 * of their own. The next transaction on the queue writes them, or a save within a second. Nothing else is
 * known to a server but not to the database. Before statistics of a queue are shown, its reads have to be
 * written (`hasUnwrittenReads`).
 */
export class ReadNotes {
  readonly #waiting = new Map<string, Reads>()
  /** By queue ID: the reads that transactions took and are about to write. */
  readonly #beingWritten = new Map<string, Set<Reads>>()

  add(queueId: string, reads: Partial<Reads> & Pick<Reads, 'accessedAt'>): void {
    const before = this.#waiting.get(queueId) ?? noReads
    this.#waiting.set(queueId, {
      readCount: before.readCount + (reads.readCount ?? 0),
      headItemReadCount: before.headItemReadCount + (reads.headItemReadCount ?? 0),
      accessedAt: Math.max(before.accessedAt, reads.accessedAt),
    })
  }

  /**
   * Whether reads that were answered may be missing in the row of the queue. A transaction that begins now
   * writes them, or waits for the transaction that does.
   */
  hasUnwrittenReads(queueId: string): boolean {
    const { readCount, headItemReadCount } = this.#waiting.get(queueId) ?? noReads
    return readCount > 0 || headItemReadCount > 0 || this.#beingWritten.has(queueId)
  }

  /** The IDs of the queues for which `hasUnwrittenReads` is true. */
  queuesWithUnwrittenReads(): string[] {
    return [...new Set([...this.#waiting.keys(), ...this.#beingWritten.keys()])].filter((queueId) =>
      this.hasUnwrittenReads(queueId),
    )
  }

  /**
   * The latest access of each queue that is not written yet, as of now. A statement that shows access times
   * has to be sent after this: an access may be written between the statement and its answer.
   */
  accessTimes(): ReadonlyMap<string, Millis> {
    const times = new Map<string, Millis>()
    const add = (queueId: string, { accessedAt }: Reads) => {
      times.set(queueId, Math.max(times.get(queueId) ?? 0, accessedAt))
    }
    for (const [queueId, reads] of this.#waiting) add(queueId, reads)
    for (const [queueId, taken] of this.#beingWritten) for (const reads of taken) add(queueId, reads)
    return times
  }

  /** Takes the waiting reads of a queue, for a transaction that holds its lock. Null if there are none. */
  take(queueId: string): TakenReads | null {
    const reads = this.#waiting.get(queueId)
    if (reads === undefined) return null
    this.#waiting.delete(queueId)
    const taken = this.#beingWritten.get(queueId) ?? new Set()
    this.#beingWritten.set(queueId, taken.add(reads))
    return new TakenReads(reads, (wasWritten) => {
      taken.delete(reads)
      if (taken.size === 0) this.#beingWritten.delete(queueId)
      if (!wasWritten) this.add(queueId, reads)
    })
  }

  /** Drops the reads of a deleted queue. */
  forget(queueId: string): void {
    this.#waiting.delete(queueId)
  }

  /**
   * Adds the reads of a transaction that committed without writing them. Reads that it had `taken` are not
   * added again.
   */
  addDifference(
    queue: QueueState,
    row: Pick<PostgresQueueRow, 'read_count' | 'head_item_read_count' | 'accessed_at'>,
    taken: TakenReads | null,
  ): void {
    const readCount = queue.readCount - row.read_count - (taken?.reads.readCount ?? 0)
    const headItemReadCount =
      queue.headItemReadCount - row.head_item_read_count - (taken?.reads.headItemReadCount ?? 0)
    const { accessedAt } = queue
    if (readCount === 0 && headItemReadCount === 0 && accessedAt === row.accessed_at) return
    this.add(queue.id, { readCount, headItemReadCount, accessedAt })
  }

  /** The IDs of the queues with waiting reads. */
  waiting(): string[] {
    return [...this.#waiting.keys()]
  }
}

/** Reads that a transaction took. It has to call `written` or `giveBack`. */
export class TakenReads {
  readonly reads: Reads
  readonly #end: (wasWritten: boolean) => void

  constructor(reads: Reads, end: (wasWritten: boolean) => void) {
    this.reads = reads
    this.#end = end
  }

  addTo(queue: QueueState): void {
    queue.readCount += this.reads.readCount
    queue.headItemReadCount += this.reads.headItemReadCount
    queue.accessed(this.reads.accessedAt)
  }

  written(): void {
    this.#end(true)
  }

  /** The reads wait for another transaction. */
  giveBack(): void {
    this.#end(false)
  }
}
