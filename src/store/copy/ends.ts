import type { Millis } from '../../domain/time.ts'
import type { RequestRow } from '../columns/requests.ts'
import type { CopiedQueueRow, Counted, TokenRow, UserRow } from './rows.ts'

/** So much is read and written in one step: what a copy holds in memory, however large the queues are. */
export interface StepSize {
  readonly rowsMax: number
  /** Of what callers sent. A step may be larger by its last request. */
  readonly bytesMax: number
}

export const stepSizeByDefault: StepSize = { rowsMax: 2000, bytesMax: 16_777_216 }

/** Where a copy reads. Nothing of it changes while it is open, and nothing in it is changed. */
export interface CopySource {
  /** Where it is, for people, without a password. */
  readonly name: string
  users(): AsyncIterable<readonly UserRow[]>
  tokens(): AsyncIterable<readonly TokenRow[]>
  /** In the order in which they were made. Not those that were deleted. */
  queues(): AsyncIterable<readonly CopiedQueueRow[]>
  /** Those of the queue whose ID comes after this one, by bytes and in that order; null is all of them. */
  requests(queueId: string, afterId: string | null): AsyncIterable<readonly RequestRow[]>
  count(queueId: string): Promise<Counted>
  close(): Promise<void>
}

/** How far the copy of a queue has come. */
export interface Progress {
  /** Every request up to this one is there; null when none is. */
  readonly afterId: string | null
  readonly copied: number
}

/**
 * Where a copy writes. A queue comes into being with its last requests: before, nobody can see what was written of it.
 * What a broken copy leaves is marked as cleared away later, like the requests of a deleted queue, so a server that is
 * started on it removes it; a copy that is started again goes on with it, if nothing has happened to it since.
 */
export interface CopyTarget {
  readonly name: string
  /** Users that have the ID or the name of one of these. */
  findUsers(users: readonly UserRow[]): Promise<UserRow[]>
  /** Tokens that have the ID or the hash of one of these. */
  findTokens(tokens: readonly TokenRow[]): Promise<TokenRow[]>
  /** Queues that have the ID of one of these, or its owner and name. */
  findQueues(queues: readonly CopiedQueueRow[]): Promise<CopiedQueueRow[]>
  /** Leaves those alone that are there. */
  addUsers(users: readonly UserRow[]): Promise<void>
  /** Leaves those alone that are there. */
  addTokens(tokens: readonly TokenRow[]): Promise<void>
  /** What a broken copy left of this queue; what cannot be gone on with is removed. */
  resume(queue: CopiedQueueRow): Promise<Progress>
  /** In the order of their IDs, the next ones of the queue that was resumed last. On the disk when it resolves. */
  addRequests(queue: CopiedQueueRow, requests: readonly RequestRow[]): Promise<void>
  /**
   * The last requests, and the queue itself, in one transaction.
   *
   * @throws OperatorError when what is there is not what was written
   */
  finish(queue: CopiedQueueRow, requests: readonly RequestRow[]): Promise<void>
  count(queueId: string): Promise<Counted>
  /**
   * The copy is complete: removes what only a broken one needs.
   *
   * @param shownAt the latest time that any queue of the source has shown; that of the target must not begin before it
   */
  complete(shownAt: Millis): Promise<void>
  close(): Promise<void>
}
