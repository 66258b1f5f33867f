import type { DatabaseSync } from 'node:sqlite'
import { notDueRanges } from '../../../domain/availability.ts'
import type { Millis } from '../../../domain/time.ts'
import {
  type LockedRow,
  lockedSummariesOf,
  type NextRow,
  nextSummaryOf,
  type UrlPreviewRow,
  urlPreviewColumns,
  urlPreviewOf,
} from '../../maintenance/requests-overview.ts'
import type { InspectRequests, RequestsOverview } from '../../params/requests.ts'
import { dueParameters, selectDue } from '../session/due-requests.ts'

// The columns of a lock come before the long ones in a row, so this reads no long texts.
const selectLocked = `
  SELECT id, locked_by, lock_expires_at FROM requests INDEXED BY requests_in_order
  WHERE queue_number = ? AND available_at BETWEEN ? AND ? AND lock_expires_at > ? LIMIT +?`
const selectUrl = `
  SELECT ${urlPreviewColumns} FROM requests INDEXED BY requests_by_id WHERE queue_number = ? AND id = ?`
const selectNext = selectDue(`method, retry_count, ${urlPreviewColumns}`)

/** Must run in a transaction, so that all statements see the same moment. */
export function inspectRequests(
  db: DatabaseSync,
  queueNumber: number,
  now: Millis,
  { lockedMax, lockedShownMax, nextMax }: InspectRequests,
): RequestsOverview {
  const rows: LockedRow[] = []
  const locked = db.prepare(selectLocked)
  for (const { from, to } of notDueRanges(now)) {
    const missing = lockedMax + 1 - rows.length
    rows.push(...(locked.all(queueNumber, from, to, now, missing) as unknown as LockedRow[]))
  }
  const summaries = lockedSummariesOf(rows, now, lockedMax)
  const url = db.prepare(selectUrl)
  const shown = summaries.slice(0, lockedShownMax).map((summary) => {
    return { ...summary, url: urlPreviewOf(url.get(queueNumber, summary.id) as unknown as UrlPreviewRow) }
  })
  const next = db.prepare(selectNext).all(...dueParameters(queueNumber, now, nextMax)) as unknown as NextRow[]
  return {
    locked: [...shown, ...summaries.slice(lockedShownMax)],
    hasMoreLocked: rows.length > lockedMax,
    next: next.map(nextSummaryOf),
  }
}
