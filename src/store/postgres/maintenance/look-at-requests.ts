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
import { type Database, statement } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { fromText } from '../encoding/text.ts'

const selectLocked = statement(`
  (SELECT id, locked_by, lock_expires_at FROM requests
    WHERE queue_id = $1 AND available_at BETWEEN $2::bigint AND $3::bigint AND lock_expires_at > $6::bigint LIMIT $7)
  UNION ALL
  (SELECT id, locked_by, lock_expires_at FROM requests
    WHERE queue_id = $1 AND available_at BETWEEN $4::bigint AND $5::bigint AND lock_expires_at > $6::bigint LIMIT $7)`)
const selectUrls = statement(`
  SELECT id, ${shownUrlColumns} FROM requests WHERE queue_id = $1 AND id = ANY ($2::text[])`)
const selectNext = statement(`
  SELECT method, retry_count, ${shownUrlColumns} FROM requests
  WHERE queue_id = $1 AND available_at BETWEEN $2::bigint AND $3::bigint
  ORDER BY available_at, sequence LIMIT $4`)

/** What changes between its statements may be missing in one part and be there in another: nothing is decided by it. */
export async function lookAtRequests(
  database: Database,
  queueId: string,
  now: Millis,
  { lockedMax, lockedShownMax, nextMax }: LookAtRequests,
): Promise<RequestsLook> {
  const [forefront, end] = notDueRanges(now)
  const ranges = [forefront.from, forefront.to, end.from, end.to]
  const rows = await withRetries(() =>
    database.query<LockedLookRow>(selectLocked, [queueId, ...ranges, now, lockedMax + 1]),
  )
  const looks = lockedLooksOf(rows.map(fromRow), now, lockedMax)
  const shownIds = looks.slice(0, lockedShownMax).map(({ id }) => id)
  const urls = await withRetries(() =>
    database.query<ShownUrlRow & { id: string }>(selectUrls, [queueId, shownIds]),
  )
  const urlOf = new Map(urls.map((row) => [row.id, shownUrlOf(fromUrlRow(row))]))
  const { from, to } = dueRange(now)
  const next = await withRetries(() => database.query<NextLookRow>(selectNext, [queueId, from, to, nextMax]))
  return {
    locked: looks
      // One that is gone by now is not shown.
      .filter(({ id }, index) => index >= lockedShownMax || urlOf.has(id))
      .map((look) => {
        const url = urlOf.get(look.id)
        return url === undefined ? look : { ...look, url }
      }),
    hasMoreLocked: rows.length > lockedMax,
    next: next.map((row) => nextLookOf({ ...fromUrlRow(row), method: fromText(row.method) })),
  }
}

function fromRow(row: LockedLookRow): LockedLookRow {
  return { ...row, locked_by: fromText(row.locked_by) }
}

function fromUrlRow<Row extends ShownUrlRow>(row: Row): Row {
  return { ...row, shown_url: fromText(row.shown_url) }
}
