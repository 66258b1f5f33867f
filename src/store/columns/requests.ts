/**
 * The columns of requests that every store has. To add one, add a line to a list here, its value below the
 * list, and a migration in each store. Statements, types of rows, copies and repairs follow from the lists
 * (CONTRIBUTING.md, "Adding a column").
 */
import type { Place } from '../../domain/order.ts'
import type { Lock, RequestContent, RequestState } from '../../domain/request.ts'
import {
  type ColumnList,
  columnsOf,
  integer,
  integerOrNull,
  namesOf,
  type RowOf,
  text,
  textOrNull,
  type ValuesOf,
  word,
} from './column.ts'

// The functions below write their values out in the order of the list. A loop over functions would cost 100
// ns more for each written request.

/** The columns that the rules need most. `stateOf` reads them. */
const placeList = [
  ['handled_at', integerOrNull],
  ['available_at', integerOrNull],
  ['sequence', integerOrNull],
  ['bytes', integer],
] as const satisfies ColumnList

export function placeValues({ handledAt, place, bytes }: RequestState): ValuesOf<typeof placeList> {
  return [handledAt, place?.availableAt ?? null, place?.sequence ?? null, bytes]
}

/** The columns of the lock. Null if nobody ever held the request, or if it was given back. */
const lockList = [
  ['locked_by', textOrNull],
  ['locked_run', textOrNull],
  ['lock_expires_at', integerOrNull],
  ['available_before', integerOrNull],
] as const satisfies ColumnList

export function lockValues({ lock }: RequestState): ValuesOf<typeof lockList> {
  if (lock === null) return [null, null, null, null]
  return [lock.clientKey, lock.runId, lock.expiresAt, lock.placeBefore.availableAt]
}

/** What callers sent. `viewOfRow` (request-views.ts) reads it. */
const contentList = [
  ['retry_count', integer],
  ['method', text],
  ['unique_key', text],
  ['url', text],
  ['other_fields', text],
] as const satisfies ColumnList

export function contentValues(content: RequestContent): ValuesOf<typeof contentList> {
  return [content.retryCount, content.method, content.uniqueKey, content.url, content.otherFields]
}

/** The columns of a new request, which has no lock. */
const addedList = [['id', word], ...placeList, ...contentList] as const satisfies ColumnList

/** Builds one array instead of joining two, because no call writes as many rows as an add. */
export function addedValues(
  content: RequestContent,
  { handledAt, place, bytes }: RequestState,
): ValuesOf<typeof addedList> {
  return [
    content.id,
    handledAt,
    place?.availableAt ?? null,
    place?.sequence ?? null,
    bytes,
    content.retryCount,
    content.method,
    content.uniqueKey,
    content.url,
    content.otherFields,
  ]
}

/** In the order of `placeValues`, then `lockValues`. */
export const stateColumns = { ...columnsOf(placeList), ...columnsOf(lockList) }
export const contentColumns = columnsOf(contentList)
export const requestColumns = { id: word, ...stateColumns, ...contentColumns }

export type StateRow = RowOf<typeof stateColumns>
export type RequestRow = RowOf<typeof requestColumns>

export const addedNames = namesOf(columnsOf(addedList))
export const stateNames = namesOf(stateColumns)
export const contentNames = namesOf(contentColumns)
export const requestNames = namesOf(requestColumns)

/** The state of a request (domain/request.ts) from its row. */
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
          // A lock changes the moment of a place, but never its rank among places of the same moment.
          placeBefore: { availableAt: row.available_before!, sequence: row.sequence! },
        }
  return { handledAt: row.handled_at, place, lock, bytes: row.bytes }
}
