import type { HeadItem, RequestState } from '../../domain/request.ts'
import { type QueueRow, queueColumnsWith, type SharedQueueColumn } from '../queue-state.ts'
import { type HeadItemRow, headItemBytesMax, headItemOf, shortTextColumns } from '../request-page.ts'
import { type StateRow, stateColumns as sharedStateColumns, stateOf, type ViewRow } from '../rows.ts'
import { fromText } from './encoding/text.ts'

/** A row of the table `queues`, and the database's clock. */
export interface PostgresQueueRow extends Omit<QueueRow, 'id' | 'had_multiple_clients'> {
  queue_id: string
  had_multiple_clients: boolean
  shown_at: number
  clock_lead: number
  /** Requests with a lock, alive or run out. */
  held_count: number
  /** No request that has no lock has a place after this moment: before it, one may be scheduled. */
  scheduled_until: number
  head_from_at: number
  head_from_sequence: number
}

/** The columns of a `PostgresQueueRow`. */
export const queueRowColumns = queueColumnsWith<Exclude<keyof PostgresQueueRow, SharedQueueColumn | 'title'>>(
  {
    queue_id: true,
    owner_name: true,
    shown_at: true,
    clock_lead: true,
    held_count: true,
    scheduled_until: true,
    head_from_at: true,
    head_from_sequence: true,
  },
)

/** The columns that hold the state of a request, in the order of `stateValues`. */
export const stateNames = [
  'handled_at',
  'available_at',
  'sequence',
  'locked_by',
  'locked_run',
  'lock_expires_at',
  'available_before',
  'bytes',
] as const satisfies readonly (keyof StateRow)[]

/** The columns of a request that the rules look at, with its ID. */
export const stateColumns = `id, ${sharedStateColumns}`

export interface PostgresStateRow extends StateRow {
  id: string
}

export const headColumns = `${stateColumns}, method, retry_count, ${shortTextColumns(String(headItemBytesMax))}`

export type HeadRow = PostgresStateRow & HeadItemRow

export function stateOfRow(row: PostgresStateRow): RequestState {
  return stateOf({ ...row, locked_by: fromText(row.locked_by), locked_run: fromText(row.locked_run) })
}

export function storedHeadItemOf(row: HeadItemRow): HeadItem {
  return headItemOf({
    ...row,
    unique_key: fromText(row.unique_key),
    url: fromText(row.url),
    method: fromText(row.method),
  })
}

/** The row as the other store has it. */
export function viewRowOf<Row extends ViewRow>(row: Row): Row {
  return {
    ...row,
    unique_key: fromText(row.unique_key),
    url: fromText(row.url),
    method: fromText(row.method),
    other_fields: fromText(row.other_fields),
    locked_by: fromText(row.locked_by),
  }
}
