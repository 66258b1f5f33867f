import type { Place } from './order.ts'
import type { Millis } from './time.ts'

/** The HTTP methods that requests may have. */
export const httpMethods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
] as const

/**
 * Fields of an answer that have columns of their own. The stored text of other fields must not contain any of
 * them.
 */
export const shownFields: ReadonlySet<string> = new Set([
  'id',
  'uniqueKey',
  'url',
  'method',
  'retryCount',
  'handledAt',
  'lockExpiresAt',
  'lockByClient',
])

/** What a caller sent of a request, validated and in its stored form. Only adding and updating changes it. */
export interface RequestContent {
  /** Derived from `uniqueKey` (identity.ts). */
  readonly id: string
  readonly uniqueKey: string
  readonly url: string
  readonly method: string
  readonly retryCount: number
  /** When it was handled. Null if it is not handled. A handled request stays for de-duplication. */
  readonly handledAt: Millis | null
  /**
   * Every other field that the caller sent (userData, headers, payload, fields we do not know), as the
   * members of a JSON object without its braces: `"noRetry":true,"headers":{},"userData":{"a":1}`. It is
   * stored as text, because nothing here reads it. It contains every field that answers always show, even if
   * the caller left it out (rule 2.6).
   */
  readonly otherFields: string
  /** What the request asks for itself in `userData.headlock` (rule 13.10). Left out if it asks for nothing. */
  readonly wishes?: Wishes
}

/** The wishes of a request (rule 13.10). At least one of them is there. */
export interface Wishes {
  /** It is not to be handed out before this time has passed since the call that adds it or gives it back. */
  readonly delayMs?: Millis
  /** It is not to be handed out before this moment. */
  readonly notBefore?: Millis
  /** From -10 to 10 (13.11). */
  readonly priority?: number
}

/**
 * A lock. It is alive while `now < expiresAt`. After that it only records who held the request last, which
 * lets that client take it back (rule 5.1). It is removed when the request is given back, handled or taken by
 * another client.
 */
export interface Lock {
  readonly clientKey: string
  /** The run whose clients may act on this lock, from the token. Null outside a run. */
  readonly runId: string | null
  readonly expiresAt: Millis
  /** The place before the lock. Bulk unlocks and undeliverable answers restore that order (3.5, 4.6). */
  readonly placeBefore: Place
}

/** The state of a request, which the rules decide by. They never use its other content. */
export interface RequestState {
  readonly handledAt: Millis | null
  /** Null if and only if the request is handled. */
  readonly place: Place | null
  /** Null if nobody has ever held it, or if it was given back. Never set on a handled request. */
  readonly lock: Lock | null
  /** The `storedBytes` of its content. */
  readonly bytes: number
  /**
   * The moment that it was scheduled for, when it last got its place: somebody asked for a delay, or the
   * retry curve did (12.1). Null if it got its place for at once. Once the moment has come, it only records
   * the past. Until then nobody holds the request, and it is the moment of its place.
   */
  readonly scheduledAt: Millis | null
  /** The retry count of its content. */
  readonly retryCount: number
  /** From -10 to 10. 0 if nobody asked for another one (13.11). */
  readonly priority: number
  /**
   * How many of its locks ran out in a row, not counting `lock` (13.12). It is -1 if `lock` ran out, but the
   * request was given back since.
   */
  readonly lockExpiries: number
  /** The group that it counts for (13.3). Null if the requests of its queue are not in groups, or if it is handled. */
  readonly group: string | null
  /**
   * The group that its live lock counts in, if that is another one: somebody changed the URL while a client
   * works on the old one. It means nothing once the lock has ended.
   */
  readonly lockGroup: string | null
  /** When it becomes pending again (13.9). Null if it is not handled, or if it never does. */
  readonly revisitAt: Millis | null
  /** What it failed with (insight/failure.ts). Null if it is not handled, or did not fail. */
  readonly failure: string | null
}

/** What answers show of a request: its content, and its lock while that is alive (rule 5.5). */
export interface RequestView extends RequestContent {
  readonly lockExpiresAt: Millis | null
  readonly lockByClient: string | null
  /** The size in bytes, if that is more than the call asked for. The texts are left out then, and empty. */
  readonly longBytes?: number
}

/** What head calls show of a request (section 10 of the rules). */
export interface HeadItem {
  readonly id: string
  readonly uniqueKey: string
  readonly url: string
  readonly method: string
  readonly retryCount: number
  /**
   * The most bytes that the texts may have, if the item may be too long for a head. The texts are left out
   * then, and empty.
   */
  readonly longBytes?: number
}

/** The lock if it is alive, else null. */
export function liveLock(state: Pick<RequestState, 'lock'>, now: Millis): Lock | null {
  return state.lock !== null && now < state.lock.expiresAt ? state.lock : null
}

/** The part of `stats.storageBytes` for one request: the UTF-8 length of what a caller sent. */
export function storedBytes(content: RequestContent): number {
  return (
    content.id.length +
    Buffer.byteLength(content.uniqueKey) +
    Buffer.byteLength(content.url) +
    content.method.length +
    Buffer.byteLength(content.otherFields)
  )
}
