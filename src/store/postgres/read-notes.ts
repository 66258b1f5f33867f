import type { Millis } from '../../domain/time.ts'
import type { QueueState } from '../queue-state.ts'
import type { PostgresQueueRow } from './rows.ts'

interface Note {
  readCount: number
  headItemReadCount: number
  accessedAt: Millis
}

/**
 * Access times and statistics of reads that no transaction has written yet. They are not worth one of their own: they go
 * with the next one on their queue, or within a second. It is the one thing a server knows and the database does not.
 */
export class ReadNotes {
  readonly #notes = new Map<string, Note>()

  add(queueId: string, note: Partial<Note> & Pick<Note, 'accessedAt'>): void {
    const { readCount = 0, headItemReadCount = 0, accessedAt } = note
    const known = this.#notes.get(queueId)
    if (known === undefined) {
      this.#notes.set(queueId, { readCount, headItemReadCount, accessedAt })
      return
    }
    known.readCount += readCount
    known.headItemReadCount += headItemReadCount
    known.accessedAt = Math.max(known.accessedAt, accessedAt)
  }

  /** Adds them to what is shown of the queue; they go on waiting. */
  applyTo(queue: QueueState): void {
    const note = this.#notes.get(queue.id)
    if (note === undefined) return
    queue.readCount += note.readCount
    queue.headItemReadCount += note.headItemReadCount
    queue.accessed(note.accessedAt)
  }

  /** Takes them out, to be added again if the transaction fails. */
  take(queueId: string): Note | null {
    const note = this.#notes.get(queueId) ?? null
    this.#notes.delete(queueId)
    return note
  }

  /** What a transaction had of them and did not write. */
  addDifference(
    queue: QueueState,
    row: Pick<PostgresQueueRow, 'read_count' | 'head_item_read_count' | 'accessed_at'>,
  ): void {
    const readCount = queue.readCount - row.read_count
    const headItemReadCount = queue.headItemReadCount - row.head_item_read_count
    const { accessedAt } = queue
    if (readCount === 0 && headItemReadCount === 0 && accessedAt === row.accessed_at) return
    this.add(queue.id, { readCount, headItemReadCount, accessedAt })
  }

  /** The queues that have any. */
  waiting(): string[] {
    return [...this.#notes.keys()]
  }
}
