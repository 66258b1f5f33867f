import type { QueueUser } from '../../domain/caller.ts'
import type { GeneralAccess, QueueView } from '../../domain/queue.ts'
import type { Millis } from '../../domain/time.ts'

/** The ID of a queue, or its owner and name. `ownerName` null means the caller (7.6). */
export type QueueAddress =
  | { readonly queueId: string }
  | { readonly ownerName: string | null; readonly queueName: string }

/** The queue that a call is about, and the parts of the caller that `mayUse` needs. */
export interface QueueParams extends QueueUser {
  readonly queue: QueueAddress
}

/** A queue, and the time of the store when it was read. */
export interface InspectedQueue {
  readonly queue: QueueView
  readonly readAt: Millis
}

export interface ListQueues extends QueueUser {
  readonly offset: number
  readonly limit: number
  readonly desc: boolean
  /** Whether to list unnamed queues too. */
  readonly unnamed: boolean
  /** `sharedWithMe` finds nothing, because queues cannot be shared yet. */
  readonly ownership: 'ownedByMe' | 'sharedWithMe' | null
}

export interface QueuePage {
  readonly total: number
  readonly items: QueueView[]
}

export interface GetOrCreateQueue extends QueueUser {
  readonly name: string | null
  /** For a new queue only. An existing queue keeps its title. */
  readonly title?: string | null
  /** For a new queue only. */
  readonly generalAccess?: GeneralAccess | null
}

export interface UpdateQueue extends QueueParams {
  readonly name?: string | null
  readonly title?: string | null
  readonly generalAccess?: GeneralAccess | null
}
