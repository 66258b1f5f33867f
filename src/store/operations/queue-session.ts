import type { Client } from '../../domain/lifecycle.ts'
import type { HeadItem, RequestContent, RequestState } from '../../domain/request.ts'
import type { Millis } from '../../domain/time.ts'
import type { QueueState } from '../queue-state.ts'

/** A request with what the rules look at. */
export interface KnownRequest {
  readonly id: string
  readonly state: RequestState
}

/** What a head/lock gives to each request it takes. */
export interface LockToTake {
  readonly client: Client
  /** When the lock ends; after now. */
  readonly expiresAt: Millis
}

/**
 * What a store gives to an operation: one queue, which the operation has for itself, and its requests as the operations
 * before it in the same transaction have left them. Nothing waits: a store that has to fetch from elsewhere does so before,
 * by what the operation says that it reads (operation.ts), and whatever is not there then is not known.
 *
 * What is written here is on the disk when the transaction is; what refuses must not have written.
 */
export interface QueueSession {
  /** Counts, statistics and clients of the queue; operations move them. */
  readonly queue: QueueState
  /** The time of the transaction, the same for every operation in it. */
  readonly now: Millis

  /** Null when the request is not there. */
  state(requestId: string): RequestState | null

  /**
   * Adds a request unless there is one with its ID.
   *
   * @returns null when it was added, else the request that is there, unchanged
   */
  addIfAbsent(content: RequestContent, state: RequestState): Pick<RequestState, 'handledAt'> | null

  /** Gives a request another state. It has to be there, as for `replace` and `remove`. */
  move(requestId: string, state: RequestState): void
  replace(content: RequestContent, state: RequestState): void
  remove(requestId: string): void

  /** The first available requests, in order (4.5): fewer than `limit` where there are no more. */
  head(limit: number): readonly HeadItem[]

  /**
   * Takes the first available requests, in order, and locks them, each as `lock` in domain/lifecycle.ts does (4.1): fewer
   * than `limit` where there are no more, or their contents are very long.
   */
  takeHead(limit: number, lock: LockToTake): readonly HeadItem[]

  /**
   * Whether an unhandled request is there that head/lock may not hand out now: locked, scheduled or held back (12.3). It
   * costs the same however large the queue is.
   */
  hasUnavailable(): boolean

  /**
   * The requests with live locks of a client key, and of a run; null stands for none. In any order, each once.
   *
   * @param countMax as in the read set
   * @returns null when they are more than that
   */
  heldBy(clientKey: string | null, runId: string | null, countMax: number): readonly KnownRequest[] | null

  /** The ID of the owner's queue that has this name, folded; null when none has. */
  queueWithName(foldedName: string): string | null
  /** Has to be called with a name that no other queue of the owner has. */
  rename(name: string | null): void
}
