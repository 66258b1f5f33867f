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
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { statement } from '../connection/statement.ts'
import { fromText } from '../encoding/text.ts'
import { dueParameters, selectDue } from '../reads/due-requests.ts'

const selectLocked = statement(`
  (SELECT id, locked_by, lock_expires_at FROM requests
    WHERE queue_id = $1 AND available_at BETWEEN $2::bigint AND $3::bigint AND lock_expires_at > $6::bigint LIMIT $7)
  UNION ALL
  (SELECT id, locked_by, lock_expires_at FROM requests
    WHERE queue_id = $1 AND available_at BETWEEN $4::bigint AND $5::bigint AND lock_expires_at > $6::bigint LIMIT $7)`)
const selectUrls = statement(`
  SELECT id, ${urlPreviewColumns} FROM requests WHERE queue_id = $1 AND id = ANY ($2::text[])`)
const selectNext = selectDue(`method, retry_count, ${urlPreviewColumns}`)

/** No request on the normal side has a place before this one. */
const firstPlace = { availableAt: 0, sequence: 0 }

/**
 * Runs three statements without a transaction. A request that changes between them may be in one part and missing in
 * another. That is good enough for people, and nothing else uses it.
 */
export async function inspectRequests(
  database: Database,
  queueId: string,
  now: Millis,
  { lockedMax, lockedShownMax, nextMax }: InspectRequests,
): Promise<RequestsOverview> {
  const [forefront, end] = notDueRanges(now)
  const ranges = [forefront.from, forefront.to, end.from, end.to]
  const rows = await withRetries(() =>
    database.query<LockedRow>(selectLocked, [queueId, ...ranges, now, lockedMax + 1]),
  )
  const summaries = lockedSummariesOf(rows.map(fromRow), now, lockedMax)
  const shownIds = summaries.slice(0, lockedShownMax).map(({ id }) => id)
  const urls = await withRetries(() =>
    database.query<UrlPreviewRow & { id: string }>(selectUrls, [queueId, shownIds]),
  )
  const urlOf = new Map(urls.map((row) => [row.id, urlPreviewOf(fromUrlRow(row))]))
  const due = dueParameters(queueId, now, firstPlace, nextMax)
  const next = await withRetries(() => database.query<NextRow>(selectNext, due))
  return {
    locked: summaries
      // A request without a URL was deleted since the first statement.
      .filter(({ id }, index) => index >= lockedShownMax || urlOf.has(id))
      .map((summary) => {
        const url = urlOf.get(summary.id)
        return url === undefined ? summary : { ...summary, url }
      }),
    hasMoreLocked: rows.length > lockedMax,
    next: next.map((row) => nextSummaryOf({ ...fromUrlRow(row), method: fromText(row.method) })),
  }
}

function fromRow(row: LockedRow): LockedRow {
  return { ...row, locked_by: fromText(row.locked_by) }
}

function fromUrlRow<Row extends UrlPreviewRow>(row: Row): Row {
  return { ...row, shown_url: fromText(row.shown_url) }
}
