import type { DatabaseSync } from 'node:sqlite'
import { dueRange, notDueRanges } from '../../../domain/availability.ts'
import type { Millis } from '../../../domain/time.ts'
import {
  type LockedLookRow,
  lockedLooksOf,
  type NextLookRow,
  nextLookOf,
  type ShownUrlRow,
  shownUrlColumns,
  shownUrlOf,
} from '../../maintenance/requests-look.ts'
import type { LookAtRequests, RequestsLook } from '../../store.ts'

// The columns of a lock come first in a row, before what may be long.
const selectLocked = `
  SELECT id, locked_by, lock_expires_at FROM requests INDEXED BY requests_in_order
  WHERE queue_number = ? AND available_at BETWEEN ? AND ? AND lock_expires_at > ? LIMIT ?`
const selectUrl = `
  SELECT ${shownUrlColumns} FROM requests INDEXED BY requests_by_id WHERE queue_number = ? AND id = ?`
const selectNext = `
  SELECT method, retry_count, ${shownUrlColumns} FROM requests INDEXED BY requests_in_order
  WHERE queue_number = ? AND available_at BETWEEN ? AND ?
  ORDER BY available_at, sequence LIMIT ?`

/** Has to be called in a transaction, so that all of it is of one moment. */
export function lookAtRequests(
  db: DatabaseSync,
  queueNumber: number,
  now: Millis,
  { lockedMax, lockedShownMax, nextMax }: LookAtRequests,
): RequestsLook {
  const rows: LockedLookRow[] = []
  const locked = db.prepare(selectLocked)
  for (const { from, to } of notDueRanges(now)) {
    const missing = lockedMax + 1 - rows.length
    rows.push(...(locked.all(queueNumber, from, to, now, missing) as unknown as LockedLookRow[]))
  }
  const looks = lockedLooksOf(rows, now, lockedMax)
  const url = db.prepare(selectUrl)
  const shown = looks.slice(0, lockedShownMax).map((look) => {
    return { ...look, url: shownUrlOf(url.get(queueNumber, look.id) as unknown as ShownUrlRow) }
  })
  const { from, to } = dueRange(now)
  const next = db.prepare(selectNext).all(queueNumber, from, to, nextMax) as unknown as NextLookRow[]
  return {
    locked: [...shown, ...looks.slice(lockedShownMax)],
    hasMoreLocked: rows.length > lockedMax,
    next: next.map(nextLookOf),
  }
}
