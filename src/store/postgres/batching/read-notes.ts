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
 * Access times and statistics of reads that no transaction has written yet. They are not worth a transaction of their own:
 * they go with the next one on their queue, or within a second. It is the one thing a server knows and the database does
 * not; whoever shows statistics of a queue has its reads written first (`isBehind`).
 */
export class ReadNotes {
  readonly #waiting = new Map<string, Reads>()
  /** By queue: how many transactions are about to write what they took. */
  readonly #beingWritten = new Map<string, number>()

  add(queueId: string, reads: Partial<Reads> & Pick<Reads, 'accessedAt'>): void {
    const before = this.#waiting.get(queueId) ?? noReads
    this.#waiting.set(queueId, {
      readCount: before.readCount + (reads.readCount ?? 0),
      headItemReadCount: before.headItemReadCount + (reads.headItemReadCount ?? 0),
      accessedAt: Math.max(before.accessedAt, reads.accessedAt),
    })
  }

  /** Whether the row of the queue may lack reads that were answered. A transaction that begins now writes them, or waits for them. */
  isBehind(queueId: string): boolean {
    const { readCount, headItemReadCount } = this.#waiting.get(queueId) ?? noReads
    return readCount > 0 || headItemReadCount > 0 || this.#beingWritten.has(queueId)
  }

  /** The queues for which `isBehind` is true. */
  behind(): string[] {
    return [...new Set([...this.#waiting.keys(), ...this.#beingWritten.keys()])].filter((queueId) =>
      this.isBehind(queueId),
    )
  }

  /** The latest access that waits to be written; 0 when none does. */
  accessedAt(queueId: string): Millis {
    return this.#waiting.get(queueId)?.accessedAt ?? 0
  }

  /** Takes what waits for a transaction that has the queue for itself; null: nothing does. */
  take(queueId: string): TakenReads | null {
    const reads = this.#waiting.get(queueId)
    if (reads === undefined) return null
    this.#waiting.delete(queueId)
    this.#beingWritten.set(queueId, (this.#beingWritten.get(queueId) ?? 0) + 1)
    return new TakenReads(reads, (wasWritten) => {
      const others = this.#beingWritten.get(queueId)! - 1
      if (others === 0) this.#beingWritten.delete(queueId)
      else this.#beingWritten.set(queueId, others)
      if (!wasWritten) this.add(queueId, reads)
    })
  }

  /** The queue is gone. */
  forget(queueId: string): void {
    this.#waiting.delete(queueId)
  }

  /** What a transaction has gathered without writing it, beside what it had `taken`. */
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

  /** The queues that have any for a transaction to take. */
  waiting(): string[] {
    return [...this.#waiting.keys()]
  }
}

/** Reads in the hands of a transaction; it ends with `written` or `giveBack`. */
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

  /** They wait for another transaction. */
  giveBack(): void {
    this.#end(false)
  }
}
