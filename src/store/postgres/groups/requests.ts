import type { HeadItem, RequestContent, RequestState } from '../../../domain/request.ts'
import type { Millis } from '../../../domain/time.ts'
import type { LockToTake } from '../../operations/hand-out/lock-to-take.ts'
import type { QueueState } from '../../queue-state.ts'

/** A request that nobody holds and that a transaction may lock. */
export interface Available {
  readonly item: HeadItem
  readonly state: RequestState
}

/** What is read of something that may go on. */
export interface Found<Item> {
  readonly items: readonly Item[]
  /** Whether there is nothing behind them. */
  readonly isAll: boolean
}

/** What the groups of a transaction need to know of its requests. */
export interface RequestsOfTransaction {
  readonly queue: QueueState
  readonly now: Millis
  /** The first due requests by their places, as the table has them. */
  readonly foundByPlace: Found<Available>
  /** As in `QueueSession`. */
  state(requestId: string): RequestState | null
  move(requestId: string, state: RequestState): void
  /** Locks a request that is handed out. */
  handOut(requestId: string, lock: LockToTake): void
  /** The content that this transaction gave the request. Null if it gave none. */
  newContent(requestId: string): RequestContent | null
  /** The IDs of the requests that this transaction has changed. */
  changedIds(): Iterable<string>
}
