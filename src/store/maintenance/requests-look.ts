/** What a page for people shows of requests, in the SQL of both databases. */
import type { Millis } from '../../domain/time.ts'
import type { LockedLook, NextLook, ShownUrl } from '../store.ts'

/** Of a longer URL this much is read, and one character that tells that it is longer. */
export const shownUrlLength = 300
/** A URL behind more bytes than these is not read: a database has to walk all of them. */
const readBytesMax = 65_536

/** Its length is known without reading it. */
export const shownUrlColumns = `
  CASE WHEN octet_length(unique_key) + octet_length(url) <= ${readBytesMax}
    THEN substr(url, 1, ${shownUrlLength + 1}) END AS shown_url,
  octet_length(url) AS url_bytes`

export interface ShownUrlRow {
  shown_url: string | null
  url_bytes: number
}

export interface LockedLookRow {
  id: string
  locked_by: string
  lock_expires_at: number
}

export interface NextLookRow extends ShownUrlRow {
  method: string
  retry_count: number
}

export function shownUrlOf({ shown_url, url_bytes }: ShownUrlRow): ShownUrl {
  return { text: shown_url, bytes: url_bytes }
}

export function nextLookOf(row: NextLookRow): NextLook {
  return { url: shownUrlOf(row), method: row.method, retryCount: row.retry_count }
}

/** Those whose locks are alive, in order, at most so many. */
export function lockedLooksOf(rows: readonly LockedLookRow[], now: Millis, lockedMax: number): LockedLook[] {
  return rows
    .filter(({ lock_expires_at }) => lock_expires_at !== null && now < lock_expires_at)
    .slice(0, lockedMax)
    .map((row) => ({ id: row.id, clientKey: row.locked_by, lockExpiresAt: row.lock_expires_at }))
    .sort((a, b) => compare(a.clientKey, b.clientKey) || a.lockExpiresAt - b.lockExpiresAt)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
