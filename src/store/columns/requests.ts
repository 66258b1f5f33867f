/**
 * The columns of requests that every store has. To add one, add a line to a list here, its value below the
 * list, and a migration in each store. Statements, types of rows, copies and repairs follow from the lists
 * (CONTRIBUTING.md, "Adding a column").
 */
import type { Place } from '../../domain/order.ts'
import { rankOf } from '../../domain/policy/rank.ts'
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
  // Null, unless it was scheduled when it got its place. So other requests are not in the index of scheduled ones.
  ['scheduled_at', integerOrNull],
] as const satisfies ColumnList

export function placeValues(state: RequestState): ValuesOf<typeof placeList> {
  const { handledAt, place, bytes, scheduledAt } = state
  return [handledAt, place?.availableAt ?? null, place?.sequence ?? null, bytes, scheduledAt]
}

/** The columns of the lock. Null if nobody ever held the request, or if it was given back, but for `lock_expiries`. */
const lockList = [
  ['locked_by', textOrNull],
  ['locked_run', textOrNull],
  ['lock_expires_at', integerOrNull],
  ['available_before', integerOrNull],
  // Null means 0.
  ['lock_expiries', integerOrNull],
] as const satisfies ColumnList

export function lockValues({ lock, lockExpiries }: RequestState): ValuesOf<typeof lockList> {
  const expiries = lockExpiries === 0 ? null : lockExpiries
  if (lock === null) return [null, null, null, null, expiries]
  return [lock.clientKey, lock.runId, lock.expiresAt, lock.placeBefore.availableAt, expiries]
}

/**
 * The columns that only few requests need: the group of a request, and the rank of its key (domain/policy/rank.ts); when a
 * handled request becomes pending again; and what a request failed with. Statements for queues without groups and without
 * revisits write only the last one, and only where it may change.
 */
const policyList = [
  ['group_name', textOrNull],
  ['rank', integerOrNull],
  // Null unless it is another group than `group_name`.
  ['lock_group', textOrNull],
  // Null unless it is handled.
  ['revisit_at', integerOrNull],
  // Null unless it failed.
  ['failure', textOrNull],
] as const satisfies ColumnList

export function policyValues(state: RequestState): ValuesOf<typeof policyList> {
  const { group, place, priority, lockGroup, revisitAt, failure } = state
  if (group === null || place === null) return [null, null, null, revisitAt, failure]
  return [group, rankOf(place, priority), lockGroup, null, null]
}

/**
 * What a request went through (domain/history/history.ts). Only statements for queues that keep histories write it, and
 * they append to it: `HistoryOfRow` says how. No rule depends on it, so verify has nothing to compare it with. It goes
 * with the row.
 */
const historyList = [
  // The version of the policy since which the queue kept this history. Another one is forgotten.
  ['history_since', integerOrNull],
  ['history', textOrNull],
  // How often it was handed out since then. Null means 0.
  ['handed_out', integerOrNull],
] as const satisfies ColumnList

/** What follows from the content alone. Only adding and updating writes it. `viewOfRow` (request-views.ts) reads most of it. */
const contentList = [
  ['retry_count', integer],
  ['method', text],
  ['unique_key', text],
  ['url', text],
  ['other_fields', text],
  // Null means 0. Nearly all requests have that, and a null takes no room in a row.
  ['priority', integerOrNull],
] as const satisfies ColumnList

export function contentValues(
  content: RequestContent,
  { priority }: RequestState,
): ValuesOf<typeof contentList> {
  const { retryCount, method, uniqueKey, url, otherFields } = content
  return [retryCount, method, uniqueKey, url, otherFields, priority === 0 ? null : priority]
}

/** The columns of a new request, which has no lock. */
const addedList = [['id', word], ...placeList, ...contentList] as const satisfies ColumnList

/** Builds one array instead of joining two, because no call writes as many rows as an add. */
export function addedValues(
  content: RequestContent,
  { handledAt, place, bytes, scheduledAt, priority }: RequestState,
): ValuesOf<typeof addedList> {
  return [
    content.id,
    handledAt,
    place?.availableAt ?? null,
    place?.sequence ?? null,
    bytes,
    scheduledAt,
    content.retryCount,
    content.method,
    content.uniqueKey,
    content.url,
    content.otherFields,
    priority === 0 ? null : priority,
  ]
}

/** What callers sent, from a row. A row keeps no wishes: their outcome is in the state. */
export function contentOf(row: RequestRow): RequestContent {
  return {
    id: row.id,
    uniqueKey: row.unique_key,
    url: row.url,
    method: row.method,
    retryCount: row.retry_count,
    handledAt: row.handled_at,
    otherFields: row.other_fields,
  }
}

/** In the order of `placeValues`, then `lockValues`. */
export const stateColumns = { ...columnsOf(placeList), ...columnsOf(lockList) }
export const contentColumns = columnsOf(contentList)
const policyColumns = columnsOf(policyList)
const historyColumns = columnsOf(historyList)
/** The columns that statements set to the values of a state and a content. */
export const writtenColumns = { id: word, ...stateColumns, ...contentColumns, ...policyColumns }
export const requestColumns = { ...writtenColumns, ...historyColumns }

/** The columns that a change of the state alone writes. */
export type StateRow = RowOf<typeof stateColumns>
export type RequestRow = RowOf<typeof requestColumns>
/** The columns that `stateOf` reads. */
export interface KnownStateRow extends StateRow, Pick<RequestRow, (typeof decidingNames)[number]> {}

export const addedNames = namesOf(columnsOf(addedList))
export const stateNames = namesOf(stateColumns)
/** Other columns that rules decide by. */
const decidingNames = [
  'retry_count',
  'priority',
  'group_name',
  'lock_group',
  'revisit_at',
  'failure',
] as const
export const knownStateNames = [...stateNames, ...decidingNames]
export const contentNames = namesOf(contentColumns)
export const policyNames = namesOf(policyColumns)
export const requestNames = namesOf(requestColumns)

/** The state of a request (domain/request.ts) from its row. */
export function stateOf(row: KnownStateRow): RequestState {
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
  return {
    handledAt: row.handled_at,
    place,
    lock,
    bytes: row.bytes,
    scheduledAt: row.scheduled_at,
    retryCount: row.retry_count,
    priority: row.priority ?? 0,
    lockExpiries: row.lock_expiries ?? 0,
    group: row.group_name,
    lockGroup: row.lock_group,
    revisitAt: row.revisit_at,
    failure: row.failure,
  }
}
