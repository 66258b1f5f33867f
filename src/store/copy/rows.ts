/**
 * What is copied, in the one form that lies between two databases: the columns that both have, by their names there, with
 * plain texts and yes or no where a database keeps an escape or a number.
 */

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

export interface CopiedQueueRow {
  readonly id: string
  readonly owner_id: string
  readonly name: string | null
  readonly title: string | null
  readonly general_access: string | null
  readonly created_at: number
  readonly modified_at: number
  readonly accessed_at: number
  readonly total_count: number
  readonly handled_count: number
  readonly last_ticket: number
  readonly first_client_key: string | null
  readonly had_multiple_clients: boolean
  readonly write_count: number
  readonly read_count: number
  readonly delete_count: number
  readonly head_item_read_count: number
  readonly storage_bytes: number
  /** No time of this queue that anybody was shown is later than this one. */
  readonly shown_at: number
}

/** In the order in which both databases are asked for them. */
export const queueColumns = [
  'id',
  'owner_id',
  'name',
  'title',
  'general_access',
  'created_at',
  'modified_at',
  'accessed_at',
  'total_count',
  'handled_count',
  'last_ticket',
  'first_client_key',
  'had_multiple_clients',
  'write_count',
  'read_count',
  'delete_count',
  'head_item_read_count',
  'storage_bytes',
] as const satisfies readonly (keyof CopiedQueueRow)[]

export interface RequestRow {
  readonly id: string
  readonly available_at: number | null
  readonly sequence: number | null
  readonly handled_at: number | null
  readonly locked_by: string | null
  readonly locked_run: string | null
  readonly lock_expires_at: number | null
  readonly available_before: number | null
  readonly bytes: number
  readonly retry_count: number
  readonly method: string
  readonly unique_key: string
  readonly url: string
  readonly other_fields: string
}

export const requestColumns = [
  'id',
  'available_at',
  'sequence',
  'handled_at',
  'locked_by',
  'locked_run',
  'lock_expires_at',
  'available_before',
  'bytes',
  'retry_count',
  'method',
  'unique_key',
  'url',
  'other_fields',
] as const satisfies readonly (keyof RequestRow)[]

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
