import type { Side } from '../../domain/order.ts'
import type { HeadItem } from '../../domain/request.ts'
import type { Millis } from '../../domain/time.ts'
import type { ClientParams, ReadParams } from './clients.ts'
import type { QueueParams } from './queues.ts'
import type { RequestParams } from './requests.ts'

export interface ListHead extends QueueParams, ReadParams {
  readonly limit: number
}

export interface Head {
  /** The queue that had the address when the head was read. It may have been renamed since. */
  readonly queueId: string
  readonly items: readonly HeadItem[]
  readonly queueModifiedAt: Millis
  readonly hadMultipleClients: boolean
}

export interface GetHeadItems extends QueueParams {
  readonly requestIds: readonly string[]
  /** An item with more bytes comes without its texts, only with its length. */
  readonly bytesMax?: number
}

export interface LockHead extends QueueParams, ClientParams {
  readonly limit: number
  readonly lockMs: Millis
}

export interface LockedHead extends Head {
  /** Whether any client has a lock that is alive now, including the locks just taken (4.3, 4.4). */
  readonly queueHasLockedRequests: boolean
  /** When the locks just taken end. It is the same for all items. */
  readonly lockExpiresAt: Millis
}

export interface ReturnLocks extends QueueParams {
  readonly clientKey: string
  readonly requestIds: readonly string[]
  readonly lockExpiresAt: Millis
}

export interface ProlongLock extends RequestParams, ClientParams {
  readonly lockMs: Millis
  /** Undefined keeps the side that the request has (3.3). */
  readonly side: Side | undefined
}

export interface DeleteLock extends RequestParams, ClientParams {
  readonly side: Side
}

/** Releases the live locks of the client key, if the call gave one, and those of the caller's run, if there is one (5.4). */
export interface UnlockRequests extends QueueParams, ClientParams {
  /** Whether the call gave a client key. If not, only the locks of the run are released. */
  readonly hasClientKey: boolean
}
