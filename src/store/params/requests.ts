import type { Side } from '../../domain/order.ts'
import type { RequestContent, RequestView } from '../../domain/request.ts'
import type { Millis } from '../../domain/time.ts'
import type { ClientParams, ReadParams } from './clients.ts'
import type { QueueParams } from './queues.ts'

export interface RequestParams extends QueueParams {
  readonly requestId: string
}

export interface GetRequest extends RequestParams {
  /** A request with more bytes comes without its texts. */
  readonly bytesMax?: number
}

export interface AddRequests extends QueueParams, ClientParams {
  readonly requests: readonly RequestContent[]
  readonly side: Side
}

export interface AddedRequest {
  readonly requestId: string
  readonly uniqueKey: string
  readonly wasAlreadyPresent: boolean
  readonly wasAlreadyHandled: boolean
}

export interface UpdateRequest extends QueueParams, ClientParams {
  readonly request: RequestContent
  readonly side: Side
}

export interface UpdatedRequest {
  readonly requestId: string
  readonly wasAlreadyPresent: boolean
  readonly wasAlreadyHandled: boolean
}

export interface DeleteRequests extends QueueParams, ClientParams {
  readonly requestIds: readonly string[]
}

export interface ListRequests extends QueueParams, ReadParams {
  readonly limit: number
  /** Bounds the length of all items together. The first item may be longer. The default is 64 MB. */
  readonly lengthMax?: number
  /** Only requests whose ID comes after this one, by bytes. */
  readonly afterId: string | null
  /** Requests in any of these states. Null means every request, handled ones included. */
  readonly filter: readonly ('locked' | 'pending')[] | null
}

export interface RequestPage<View extends RequestView = RequestView> {
  readonly items: View[]
  readonly hasMore: boolean
  /**
   * Requests that were left out, because their stored data is damaged and cannot be part of an answer. When there are
   * many, this lists only some of them.
   */
  readonly damagedIds?: readonly string[]
}

/** Bounds the size of a `RequestsOverview`. */
export interface InspectRequests extends QueueParams {
  readonly lockedMax: number
  /** How many of the locked requests come with their URL. */
  readonly lockedShownMax: number
  readonly nextMax: number
}

/** The requests of a queue as a page for people shows them. */
export interface RequestsOverview {
  /** Ordered by client key, then by the end of the lock. */
  readonly locked: readonly LockedRequestSummary[]
  readonly hasMoreLocked: boolean
  /** The first available requests, in order. */
  readonly next: readonly NextRequestSummary[]
}

export interface LockedRequestSummary {
  readonly id: string
  readonly clientKey: string
  readonly lockExpiresAt: Millis
  /** Undefined beyond the first `lockedShownMax` requests. */
  readonly url?: UrlPreview
}

export interface NextRequestSummary {
  readonly url: UrlPreview
  readonly method: string
  readonly retryCount: number
}

/** The beginning of a URL. */
export interface UrlPreview {
  /** At most 301 characters: the 300 that are shown, and one more if the URL is longer. Null if it is too long to read. */
  readonly text: string | null
  /** The length of the whole URL. */
  readonly bytes: number
}
