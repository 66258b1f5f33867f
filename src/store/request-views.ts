/** The columns of requests that answers show, for both databases. */
import type { RequestView } from '../domain/request.ts'
import type { Millis } from '../domain/time.ts'
import { contentNames, type RequestRow } from './columns/requests.ts'

export const viewNames = ['id', 'handled_at', 'lock_expires_at', 'locked_by', ...contentNames] as const
/** The columns that may be long. */
const longNames: ReadonlySet<string> = new Set<keyof RequestRow>(['unique_key', 'url', 'other_fields'])

/** The columns that answers show. */
export const viewColumns = viewNames.map((name) => `requests.${name}`).join(', ')

/** The same columns, but the long ones are null if the request has more bytes than the parameter. */
export function viewColumnsUpTo(bytesMax: string): string {
  const columns = viewNames.map((name) =>
    longNames.has(name)
      ? `CASE WHEN requests.bytes <= ${bytesMax} THEN requests.${name} END AS ${name}`
      : `requests.${name}`,
  )
  return `${columns.join(', ')},
    CASE WHEN requests.bytes > ${bytesMax} THEN requests.bytes END AS long_bytes`
}

export interface ViewRow extends Pick<RequestRow, (typeof viewNames)[number]> {
  /** Set by `viewColumnsUpTo` if the texts are null. */
  long_bytes?: number | null
}

/** Whether the row has a live lock. An expired lock counts as none. */
export function isLocked(row: Pick<ViewRow, 'lock_expires_at'>, now: Millis): boolean {
  return row.lock_expires_at !== null && now < row.lock_expires_at
}

/** What an answer shows of the row. The lock is shown only while it is alive (rule 5.5). */
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

/** Whether the row is in one of these states. Null means every state, handled included. */
export function isInState(
  row: ViewRow,
  states: readonly ('locked' | 'pending')[] | null,
  now: Millis,
): boolean {
  if (states === null) return true
  if (row.handled_at !== null) return false
  return states.includes(isLocked(row, now) ? 'locked' : 'pending')
}
