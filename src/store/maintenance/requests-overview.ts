/** Reads the overview of requests for the page of a queue. The SQL is for both databases. */
import type { Millis } from '../../domain/time.ts'
import type { LockedRequestSummary, NextRequestSummary, UrlPreview } from '../params/requests.ts'

/** How many characters of a URL are shown. One more is read, to know whether the URL is longer. */
export const urlPreviewLength = 300
/** A URL is read only if it and the key before it have at most so many bytes: a database has to walk all of them. */
const readBytesMax = 65_536

/** The whole URL, for both databases. Null if it is too long to read. */
export const readableUrl = `
  CASE WHEN octet_length(unique_key) + octet_length(url) <= ${readBytesMax} THEN url END AS url`

/** The columns of a `UrlPreviewRow`. Databases know the length of a text without reading it. */
export const urlPreviewColumns = `
  CASE WHEN octet_length(unique_key) + octet_length(url) <= ${readBytesMax}
    THEN substr(url, 1, ${urlPreviewLength + 1}) END AS shown_url,
  octet_length(url) AS url_bytes`

export interface UrlPreviewRow {
  shown_url: string | null
  url_bytes: number
}

export interface LockedRow {
  id: string
  locked_by: string
  lock_expires_at: number
}

export interface NextRow extends UrlPreviewRow {
  method: string
  retry_count: number
}

export function urlPreviewOf({ shown_url, url_bytes }: UrlPreviewRow): UrlPreview {
  return { text: shown_url, bytes: url_bytes }
}

export function nextSummaryOf(row: NextRow): NextRequestSummary {
  return { url: urlPreviewOf(row), method: row.method, retryCount: row.retry_count }
}

/** At most `lockedMax` of the requests whose locks are alive, by client key and end of the lock. */
export function lockedSummariesOf(
  rows: readonly LockedRow[],
  now: Millis,
  lockedMax: number,
): LockedRequestSummary[] {
  return rows
    .filter(({ lock_expires_at }) => lock_expires_at !== null && now < lock_expires_at)
    .slice(0, lockedMax)
    .map((row) => ({ id: row.id, clientKey: row.locked_by, lockExpiresAt: row.lock_expires_at }))
    .sort((a, b) => compare(a.clientKey, b.clientKey) || a.lockExpiresAt - b.lockExpiresAt)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
