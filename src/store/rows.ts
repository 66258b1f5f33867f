/** The rows of requests, in columns that both databases have. */
import type { Place } from '../domain/order.ts'
import type { Lock, RequestState, RequestView } from '../domain/request.ts'
import type { Millis } from '../domain/time.ts'

/** The columns that the rules look at. */
export const stateColumns = `
  handled_at, available_at, sequence, locked_by, locked_run, lock_expires_at, available_before, bytes`

export interface StateRow {
  handled_at: number | null
  available_at: number | null
  sequence: number | null
  locked_by: string | null
  locked_run: string | null
  lock_expires_at: number | null
  available_before: number | null
  bytes: number
}

/** The row in the words of the rules (domain/request.ts). */
export function stateOf(row: StateRow): RequestState {
  const place: Place | null =
    row.available_at === null ? null : { availableAt: row.available_at, sequence: row.sequence! }
  const lock: Lock | null =
    row.locked_by === null
      ? null
      : {
          clientKey: row.locked_by,
          runId: row.locked_run,
          expiresAt: row.lock_expires_at!,
          // A lock changes the moment of a place, never its rank among places of the same moment.
          placeBefore: { availableAt: row.available_before!, sequence: row.sequence! },
        }
  return { handledAt: row.handled_at, place, lock, bytes: row.bytes }
}

/** The values of `stateAssignments`, in its order. */
export function stateValues(state: RequestState): (string | number | null)[] {
  const { place, lock } = state
  return [
    state.handledAt,
    place?.availableAt ?? null,
    place?.sequence ?? null,
    lock?.clientKey ?? null,
    lock?.runId ?? null,
    lock?.expiresAt ?? null,
    lock?.placeBefore.availableAt ?? null,
    state.bytes,
  ]
}

export const stateAssignments = `
  handled_at = ?, available_at = ?, sequence = ?, locked_by = ?, locked_run = ?, lock_expires_at = ?,
  available_before = ?, bytes = ?`

/** The columns that answers show. */
export const viewColumns = `
  requests.id, requests.unique_key, requests.url, requests.method, requests.retry_count, requests.handled_at,
  requests.other_fields, requests.lock_expires_at, requests.locked_by`

/** The same, but the texts of a request of more bytes than this parameter says are null. */
export function viewColumnsUpTo(bytesMax: string): string {
  const upTo = (name: string) =>
    `CASE WHEN requests.bytes <= ${bytesMax} THEN requests.${name} END AS ${name}`
  return `
    requests.id, requests.method, requests.retry_count, requests.handled_at, requests.lock_expires_at,
    requests.locked_by, ${upTo('unique_key')}, ${upTo('url')}, ${upTo('other_fields')},
    CASE WHEN requests.bytes > ${bytesMax} THEN requests.bytes END AS long_bytes`
}

export interface ViewRow {
  id: string
  unique_key: string
  url: string
  method: string
  retry_count: number
  handled_at: number | null
  other_fields: string
  lock_expires_at: number | null
  locked_by: string | null
  /** Of `viewColumnsUpTo`, where the texts are null. */
  long_bytes?: number | null
}

/** Whether the lock of the row is alive; an expired one is none. */
export function isLocked(row: Pick<ViewRow, 'lock_expires_at'>, now: Millis): boolean {
  return row.lock_expires_at !== null && now < row.lock_expires_at
}

/** What an answer shows of the row: its lock only while it is alive (rule 5.5). */
export function viewOfRow(row: ViewRow, now: Millis): RequestView {
  const locked = isLocked(row, now)
  const longBytes = row.long_bytes ?? null
  if (longBytes !== null) {
    const emptied = { ...row, unique_key: '', url: '', other_fields: '', long_bytes: null }
    return { ...viewOfRow(emptied, now), longBytes }
  }
  return {
    id: row.id,
    uniqueKey: row.unique_key,
    url: row.url,
    method: row.method,
    retryCount: row.retry_count,
    handledAt: row.handled_at,
    otherFields: row.other_fields,
    lockExpiresAt: locked ? row.lock_expires_at : null,
    lockByClient: locked ? row.locked_by : null,
  }
}

/** Whether the row is in one of these states; null is every row, handled ones included. */
export function isInState(
  row: ViewRow,
  states: readonly ('locked' | 'pending')[] | null,
  now: Millis,
): boolean {
  if (states === null) return true
  if (row.handled_at !== null) return false
  return states.includes(isLocked(row, now) ? 'locked' : 'pending')
}
