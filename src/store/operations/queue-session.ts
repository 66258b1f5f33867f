import type { HeadItem, RequestContent, RequestState } from '../../domain/request.ts'
import type { Millis } from '../../domain/time.ts'
import type { Job } from '../jobs/job.ts'
import type { QueueState } from '../queue-state.ts'
import type { GroupRows } from './hand-out/group-rows.ts'
import type { LockToTake } from './hand-out/lock-to-take.ts'

/** A request with its state. */
export interface KnownRequest {
  readonly id: string
  readonly state: RequestState
}

/**
 * Gives an operation exclusive access to one queue and its requests, including the changes of earlier
 * operations in the same transaction. Nothing is asynchronous. A store that has to fetch data from elsewhere
 * does so beforehand, guided by the read set (operation.ts). Requests outside the read set are unknown.
 *
 * Methods that change a request take the entries that its history gets, if its queue keeps histories (14.7).
 *
 * Writes are durable when the transaction is. An operation that refuses must not have written anything.
 */
export interface QueueSession {
  /** Counts, statistics and clients of the queue. Operations change them. */
  readonly queue: QueueState
  /** The time of the transaction. It is the same for every operation in it. */
  readonly now: Millis
  /** The groups of its requests. Only used if the queue has groups (`QueueState.grouping`). */
  readonly groups: GroupRows

  /** Null if the request does not exist. */
  state(requestId: string): RequestState | null

  /**
   * Adds a request unless one with its ID exists.
   *
   * @returns null if the request was added, else the existing request, unchanged
   */
  addIfAbsent(
    content: RequestContent,
    state: RequestState,
    history?: string,
  ): Pick<RequestState, 'handledAt'> | null

  /** Changes the state of a request. The request has to exist, as for `replace` and `remove`. */
  move(requestId: string, state: RequestState, history?: string): void
  replace(content: RequestContent, state: RequestState, history?: string): void
  /** Like `move`, but only the group and the rank of the request differ. */
  regroup(requestId: string, state: RequestState): void
  remove(requestId: string): void

  /**
   * The first available requests, in order (4.5), then scheduled ones by their moment (12.4). Fewer than `limit`
   * if there are no more.
   */
  head(limit: number): readonly HeadItem[]

  /**
   * Takes the first available requests, in order, and locks each as `lock` in domain/lifecycle.ts does (4.1).
   * It takes fewer than `limit` if there are no more, or if their contents are very long.
   */
  takeHead(limit: number, lock: LockToTake): readonly HeadItem[]

  /**
   * The requests that the client key or the run holds with live locks. Null means no client key, or no run.
   * Each request comes once, in any order.
   *
   * @param countMax as in the read set
   * @returns null if there are more than `countMax`
   */
  heldBy(clientKey: string | null, runId: string | null, countMax: number): readonly KnownRequest[] | null

  /**
   * The first handled requests whose `revisitAt` is not after now, by that moment and their ID, and the moment of the
   * next one after them. At least one if there is any, and fewer than `countMax` if they are large.
   */
  toRevisit(countMax: number): {
    readonly requests: readonly { readonly content: RequestContent; readonly state: RequestState }[]
    readonly nextAt: Millis | null
  }

  /**
   * The content of a request of `contentsOf` in the read set, without its wishes. The request has to exist.
   *
   * @returns null if it was too much to read together with those before it
   */
  contentOf(requestId: string): RequestContent | null

  /** The job of this queue with that ID. Null if it does not exist. */
  job(jobId: string): Job | null
  /** Stores a job of this queue, or how far it came. */
  putJob(job: Job): void

  /** The ID of the owner's queue with this folded name, or null. */
  queueWithName(foldedName: string): string | null
  /** No other queue of the owner may have the name. */
  rename(name: string | null): void
  /** Stores a policy as JSON. Null: none. */
  setPolicy(text: string | null, version: number): void
  /** Stores what `QueueState.setGroups` changed. */
  saveGroups(): void
}
