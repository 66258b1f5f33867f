/**
 * The columns of requests that every store has. A new one is a line here and a migration in each store; statements, types of
 * rows, copies and repairs follow from the lists (CONTRIBUTING.md, "Adding a column").
 */
import type { Place } from '../../domain/order.ts'
import type { Lock, RequestContent, RequestState } from '../../domain/request.ts'
import {
  type ColumnType,
  integer,
  integerOrNull,
  namesOf,
  type RowOf,
  text,
  textOrNull,
  type ValueOf,
  word,
} from './column.ts'

/** A request whose state is written. */
export interface MovedRequest {
  readonly id: string
  readonly state: RequestState
}

/** A request that is written with its content. */
export interface WrittenRequest extends MovedRequest {
  readonly content: RequestContent
}

/** @param of where the value comes from when a row is written */
function column<Type extends ColumnType, Source>(type: Type, of: (source: Source) => ValueOf<Type>) {
  return { ...type, of }
}

/** Null together: nobody ever held the request, or it was given back. */
export const lockColumns = {
  locked_by: column(textOrNull, ({ state }: MovedRequest) => state.lock?.clientKey ?? null),
  locked_run: column(textOrNull, ({ state }: MovedRequest) => state.lock?.runId ?? null),
  lock_expires_at: column(integerOrNull, ({ state }: MovedRequest) => state.lock?.expiresAt ?? null),
  available_before: column(
    integerOrNull,
    ({ state }: MovedRequest) => state.lock?.placeBefore.availableAt ?? null,
  ),
}

/** What the rules look at. `stateOf` reads them. */
export const stateColumns = {
  handled_at: column(integerOrNull, ({ state }: MovedRequest) => state.handledAt),
  available_at: column(integerOrNull, ({ state }: MovedRequest) => state.place?.availableAt ?? null),
  sequence: column(integerOrNull, ({ state }: MovedRequest) => state.place?.sequence ?? null),
  ...lockColumns,
  bytes: column(integer, ({ state }: MovedRequest) => state.bytes),
}

/** What callers sent. `viewOfRow` (request-views.ts) reads them. */
export const contentColumns = {
  retry_count: column(integer, ({ content }: WrittenRequest) => content.retryCount),
  method: column(text, ({ content }: WrittenRequest) => content.method),
  unique_key: column(text, ({ content }: WrittenRequest) => content.uniqueKey),
  url: column(text, ({ content }: WrittenRequest) => content.url),
  other_fields: column(text, ({ content }: WrittenRequest) => content.otherFields),
}

const idColumn = { id: column(word, ({ id }: MovedRequest) => id) }
/** As a request is written whose content stays. */
export const movedColumns = { ...idColumn, ...stateColumns }
export const requestColumns = { ...movedColumns, ...contentColumns }

export type StateRow = RowOf<typeof stateColumns>
export type RequestRow = RowOf<typeof requestColumns>

export const stateNames = namesOf(stateColumns)
export const contentNames = namesOf(contentColumns)
export const requestNames = namesOf(requestColumns)

/** The row in the words of the rules (domain/request.ts). */
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
          // A lock changes the moment of a place, never its rank among places of the same moment.
          placeBefore: { availableAt: row.available_before!, sequence: row.sequence! },
        }
  return { handledAt: row.handled_at, place, lock, bytes: row.bytes }
}
