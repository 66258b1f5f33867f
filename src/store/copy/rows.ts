/**
 * What is copied, in the one form that lies between two databases: the columns that both have, by their names there, with
 * plain texts and yes or no where a database keeps an escape or a number.
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
  /** No time of this queue that anybody was shown is later than this one. */
  readonly shown_at: number
}

/** The requests of a queue as they were found by counting them. */
export interface Counted {
  readonly total: number
  readonly pending: number
}

/** What of a queue tells that its requests are the same: each change of a request moves the time and a counter. */
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
