/**
 * What is copied, in a form between the two databases: the columns that both have, by their names, with plain
 * texts and booleans.
 */
import type { QueueRow } from '../columns/queues.ts'

export interface UserRow {
  readonly id: string
  readonly username: string
  readonly created_at: number
}

export interface TokenRow {
  readonly id: string
  readonly user_id: string
  readonly token_hash: string
  readonly label: string | null
  readonly run_id: string | null
  readonly read_only: boolean
  readonly created_at: number
}

export interface CopiedQueueRow extends Readonly<QueueRow> {
  /** The latest time that the queue has used. */
  readonly shown_at: number
}

/** The counted requests of a queue. */
export interface Counted {
  readonly total: number
  readonly pending: number
}

/** Identifies the state of a queue's requests. Each change of a request changes the time and a counter. */
export function stateOfQueue(queue: CopiedQueueRow): string {
  const { modified_at, total_count, handled_count, last_ticket, write_count, delete_count, storage_bytes } =
    queue
  return JSON.stringify([
    modified_at,
    total_count,
    handled_count,
    last_ticket,
    write_count,
    delete_count,
    storage_bytes,
  ])
}
