import type { Place } from './order.ts'
import type { Millis } from './time.ts'

/** Methods of HTTP, as requests name them. */
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

/** Fields of an answer that come from columns of their own: no text that is kept may name one. */
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

/**
 * What a caller says about a request, checked and in the form in which it is stored.
 * Changed by adding and updating only.
 */
export interface RequestContent {
  /** Derived from `uniqueKey`, see identity.ts. */
  readonly id: string
  readonly uniqueKey: string
  readonly url: string
  readonly method: string
  readonly retryCount: number
  /** When it was handled; null while it is not. A handled request stays for de-duplication. */
  readonly handledAt: Millis | null
  /**
   * Every other field the caller sent (userData, headers, payload, fields we do not know), as the members of a
   * JSON object without its braces: `"noRetry":true,"headers":{},"userData":{"a":1}`. Kept as text, because nothing
   * here ever looks inside. What answers always show is in it, also where the caller left it out (rule 2.6).
   */
  readonly otherFields: string
}

/**
 * A lock, alive while `now < expiresAt`. After that it is only the memory of who held the request last, which
 * lets that client take it back (rule 5.1); it goes when the request is given back, handled or taken by another.
 */
export interface Lock {
  readonly clientKey: string
  /** The run whose clients may act on this lock, from the token; null outside a run. */
  readonly runId: string | null
  readonly expiresAt: Millis
  /** The place before the lock: bulk unlock and an undeliverable answer go back to that order (3.5, 4.6). */
  readonly placeBefore: Place
}

/** What the rules decide about a request; its content beside that never matters to them. */
export interface RequestState {
  /** When it was handled; null while it is not. */
  readonly handledAt: Millis | null
  /** Null exactly when handled. */
  readonly place: Place | null
  /** Null when nobody ever held it, or it was given back. Never set on a handled request. */
  readonly lock: Lock | null
  /** `storedBytes` of its content. */
  readonly bytes: number
}

/** What answers show of a request: its content, and the lock while it is alive (rule 5.5). */
export interface RequestView extends RequestContent {
  readonly lockExpiresAt: Millis | null
  readonly lockByClient: string | null
  /** Set where the request is longer than was asked for: so many bytes. Its texts are left out then, and empty. */
  readonly longBytes?: number
}

/** What head calls show of a request (section 10 of the rules). */
export interface HeadItem {
  readonly id: string
  readonly uniqueKey: string
  readonly url: string
  readonly method: string
  readonly retryCount: number
  /** Set where the item may be longer than a head tells at once, so many bytes at the most. Its texts are left out then, and empty. */
  readonly longBytes?: number
}

/** The lock if it is alive, else null. */
export function liveLock(state: Pick<RequestState, 'lock'>, now: Millis): Lock | null {
  return state.lock !== null && now < state.lock.expiresAt ? state.lock : null
}

/** The part of `stats.storageBytes` that one request accounts for: the UTF-8 length of what a caller sent. */
export function storedBytes(content: RequestContent): number {
  return (
    content.id.length +
    Buffer.byteLength(content.uniqueKey) +
    Buffer.byteLength(content.url) +
    content.method.length +
    Buffer.byteLength(content.otherFields)
  )
}
