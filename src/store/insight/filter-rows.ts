import type { PlaceRange } from '../../domain/availability.ts'
import type { GroupState } from '../../domain/policy/group.ts'
import type { Millis } from '../../domain/time.ts'
import type { Scanned } from '../candidates.ts'
import { type KnownStateRow, knownStateNames } from '../columns/requests.ts'
import { type ViewRow, viewNames } from '../request-views.ts'
import type { Later, TakesTurns } from './explain-rows.ts'
import type { Moment } from './moment.ts'

/** The columns of a `FoundRow`. */
export const foundColumns = [...new Set([...viewNames, ...knownStateNames])]
  .map((name) => `requests.${name}`)
  .join(', ')

/** A row from which a request, its state and its standing follow. */
export interface FoundRow extends ViewRow, KnownStateRow {}

/** An index that has all requests that a filter may choose, and hopefully few others. */
export type Source =
  /** Unhandled requests by their places. One or two ranges. */
  | { readonly kind: 'places'; readonly ranges: readonly PlaceRange[] }
  | { readonly kind: 'scheduled' }
  /** Requests that a client holds. There may be many scheduled ones beside them, or many clients that hold nothing now. */
  | { readonly kind: 'locked' }
  /** Requests that this client holds. */
  | { readonly kind: 'client'; readonly clientKey: string }
  /** Unhandled requests of this group. */
  | { readonly kind: 'group'; readonly name: string }

/** What a scan can leave out without reading whole requests. Null: it does not matter. */
export interface Sieve {
  /** Whether the request is handled. */
  readonly isHandled: boolean | null
  /** Only requests that have failed are scanned, however many others there are. */
  readonly isFailed: boolean
  readonly retryCountMin: number
  /** Parts of the URL, and of the stored fields. */
  readonly url: string | null
  readonly fields: readonly [string | null, string | null]
}

/** How a store reads one queue. Each method is one step, and keeps no other call waiting for long. */
export interface FilterRows extends TakesTurns {
  /** Refuses `queueNotFound`. */
  moment(): Later<Moment>
  /** The IDs of all requests of the source, in any order. Null if there are more than `max`. It may take several steps. */
  collect(source: Source, now: Millis, max: number): Later<readonly string[] | null>
  /** Scans the next `count` IDs after this one. */
  scan(afterId: string, count: number, sieve: Sieve): Later<Scanned>
  /** The rows with these IDs that exist, ascending. If they are large, only those of the first IDs. */
  pick(
    ids: readonly string[],
  ): Later<{ readonly found: readonly FoundRow[]; readonly left: readonly string[] }>
  groups(names: readonly string[]): Later<readonly GroupState[]>
}
