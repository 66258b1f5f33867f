import { eventsIn, type RequestHistory } from '../domain/history/history.ts'
import type { Millis } from '../domain/time.ts'

/** What `requestHistoryColumns` selects. */
export interface RequestHistoryRow {
  /** Null: the request does not exist. */
  readonly id: string | null
  readonly kept_since: number | null
  readonly history_since: number | null
  readonly history: string | null
  readonly handed_out: number | null
}

/** Columns of a queue, and of the request that is joined to it. */
export const requestHistoryColumns = `
  requests.id, queues.history_since AS kept_since, requests.history_since, requests.history, requests.handed_out`

/** The history in the row of a request (14.7). */
export function historyOfRow(row: RequestHistoryRow, now: Millis): RequestHistory {
  const isKept = row.kept_since !== null
  // Another policy kept what the row has.
  if (!isKept || row.history_since !== row.kept_since) return { isKept, events: [], handedOutTimes: 0 }
  return { isKept, events: eventsIn(row.history, now), handedOutTimes: row.handed_out ?? 0 }
}
