import type { Millis } from '../../domain/time.ts'
import type { QueueState } from '../queue-state.ts'
import type { PostgresQueueRow } from './rows.ts'

interface Reads {
  readCount: number
  headItemReadCount: number
  accessedAt: Millis
}

interface Note extends Reads {
  /** Whether a transaction is about to write it. */
  isTaken: boolean
  /** All reads that the row tells of once it is written; null as long as no transaction has said. */
  readsAfter: number | null
}

/**
 * Access times and statistics of reads that no transaction has written yet. They are not worth one of their own: they go
 * with the next one on their queue, or within a second. It is the one thing a server knows and the database does not.
 *
 * While a transaction writes a note, a look at the queue may find the row from before or from after. The row itself tells
 * which: it belongs to one transaction at a time and its reads only grow, so the note is in it from `readsAfter` on.
 */
export class ReadNotes {
  /** By queue, the oldest first; reads are added to the last one until it is taken. */
  readonly #notes = new Map<string, Note[]>()

  add(queueId: string, reads: Partial<Reads> & Pick<Reads, 'accessedAt'>): void {
    const { readCount = 0, headItemReadCount = 0, accessedAt } = reads
    const notes = this.#notes.get(queueId) ?? []
    this.#notes.set(queueId, notes)
    const last = notes.at(-1)
    if (last === undefined || last.isTaken) {
      notes.push({ readCount, headItemReadCount, accessedAt, isTaken: false, readsAfter: null })
      return
    }
    last.readCount += readCount
    last.headItemReadCount += headItemReadCount
    last.accessedAt = Math.max(last.accessedAt, accessedAt)
  }

  /** To be had before the row of the queue is asked for: what the row may lack of the reads until then. */
  look(queueId: string): ReadLook {
    return new ReadLook(new Map([[queueId, [...(this.#notes.get(queueId) ?? [])]]]))
  }

  /** The same for all queues. */
  lookAtAll(): ReadLook {
    return new ReadLook(new Map([...this.#notes].map(([queueId, notes]) => [queueId, [...notes]])))
  }

  /** Takes what waits for a transaction; null: nothing does. */
  take(queueId: string): TakenNotes | null {
    const waiting = this.#notes.get(queueId)?.filter(({ isTaken }) => !isTaken) ?? []
    if (waiting.length === 0) return null
    return new TakenNotes(waiting, () => {
      const left = this.#notes.get(queueId)?.filter((note) => !waiting.includes(note)) ?? []
      if (left.length > 0) this.#notes.set(queueId, left)
      else this.#notes.delete(queueId)
    })
  }

  /** The queue is gone. */
  forget(queueId: string): void {
    this.#notes.delete(queueId)
  }

  /** What a transaction has gathered without writing it, beside what it had `taken`. */
  addDifference(
    queue: QueueState,
    row: Pick<PostgresQueueRow, 'read_count' | 'head_item_read_count' | 'accessed_at'>,
    taken: TakenNotes | null,
  ): void {
    const readCount = queue.readCount - row.read_count - (taken?.readCount ?? 0)
    const headItemReadCount =
      queue.headItemReadCount - row.head_item_read_count - (taken?.headItemReadCount ?? 0)
    const { accessedAt } = queue
    if (readCount === 0 && headItemReadCount === 0 && accessedAt === row.accessed_at) return
    this.add(queue.id, { readCount, headItemReadCount, accessedAt })
  }

  /** The queues that have any for a transaction to take. */
  waiting(): string[] {
    return [...this.#notes].flatMap(([id, notes]) => (notes.some(({ isTaken }) => !isTaken) ? [id] : []))
  }
}

/** The notes there were at one moment. */
export class ReadLook {
  readonly #notes: ReadonlyMap<string, readonly Note[]>

  constructor(notes: ReadonlyMap<string, readonly Note[]>) {
    this.#notes = notes
  }

  /** Adds to what a row, read since then, says of the queue what it does not have yet. */
  applyTo(queue: QueueState): void {
    const readsInRow = readsOf(queue)
    for (const note of this.#notes.get(queue.id) ?? []) {
      queue.accessed(note.accessedAt)
      if (note.readsAfter !== null && readsInRow >= note.readsAfter) continue
      queue.readCount += note.readCount
      queue.headItemReadCount += note.headItemReadCount
    }
  }
}

/** Notes in the hands of a transaction that has the queue for itself: it ends with `written` or `giveBack`. */
export class TakenNotes {
  readonly #notes: readonly Note[]
  readonly #remove: () => void
  readonly readCount: number
  readonly headItemReadCount: number

  constructor(notes: readonly Note[], remove: () => void) {
    this.#notes = notes
    this.#remove = remove
    for (const note of notes) note.isTaken = true
    this.readCount = notes.reduce((sum, note) => sum + note.readCount, 0)
    this.headItemReadCount = notes.reduce((sum, note) => sum + note.headItemReadCount, 0)
  }

  addTo(queue: QueueState): void {
    queue.readCount += this.readCount
    queue.headItemReadCount += this.headItemReadCount
    for (const { accessedAt } of this.#notes) queue.accessed(accessedAt)
  }

  /** From the next moment on the row may be there as `queue` is now. */
  goWith(queue: QueueState): void {
    for (const note of this.#notes) note.readsAfter = readsOf(queue)
  }

  written(): void {
    this.#remove()
  }

  /** They wait for another transaction. */
  giveBack(): void {
    for (const note of this.#notes) {
      note.isTaken = false
      note.readsAfter = null
    }
  }
}

function readsOf(queue: QueueState): number {
  return queue.readCount + queue.headItemReadCount
}
