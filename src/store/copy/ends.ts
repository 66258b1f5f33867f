import type { Millis } from '../../domain/time.ts'
import type { ClientRow } from '../columns/clients.ts'
import type { GroupRow } from '../columns/groups.ts'
import type { RequestRow } from '../columns/requests.ts'
import type { CopiedQueueRow, Counted, TokenRow, UserRow } from './rows.ts'

/** How much one step reads and writes. It bounds the memory of a copy, however large the queues are. */
export interface StepSize {
  readonly rowsMax: number
  /** Bounds the bytes that callers sent. The last request of a step may exceed it. */
  readonly bytesMax: number
}

export const stepSizeByDefault: StepSize = { rowsMax: 2000, bytesMax: 16_777_216 }

/** The source of a copy. Nobody changes it while it is open, the copy included. */
export interface CopySource {
  /** The address, for people, without a password. */
  readonly name: string
  users(): AsyncIterable<readonly UserRow[]>
  tokens(): AsyncIterable<readonly TokenRow[]>
  /** In the order of their creation, without deleted queues. */
  queues(): AsyncIterable<readonly CopiedQueueRow[]>
  /** The requests of the queue whose ID comes after this one, ordered by ID, by bytes. Null means all. */
  requests(queueId: string, afterId: string | null): AsyncIterable<readonly RequestRow[]>
  /** The groups of the queue, in the order of their names. */
  groups(queueId: string): AsyncIterable<readonly GroupRow[]>
  /** What clients did in the queue. There are about 1000 at most. */
  clients(queueId: string): Promise<readonly ClientRow[]>
  count(queueId: string): Promise<Counted>
  close(): Promise<void>
}

/** The progress of a queue's copy. */
export interface Progress {
  /** Every request up to this ID is in the target. Null if there is none. */
  readonly afterId: string | null
  readonly copied: number
}

/**
 * The target of a copy. A queue appears together with its last requests. Before that, nobody can see what was
 * written of it.
 *
 * What an interrupted copy leaves is marked for deletion, like the requests of a deleted queue. A server that
 * starts on the target deletes it. A repeated copy continues with it, if nothing has happened to it since.
 */
export interface CopyTarget {
  readonly name: string
  /** The users with the ID or the name of one of these. */
  findUsers(users: readonly UserRow[]): Promise<UserRow[]>
  /** The tokens with the ID or the hash of one of these. */
  findTokens(tokens: readonly TokenRow[]): Promise<TokenRow[]>
  /** The queues with the ID of one of these, or with its owner and name. */
  findQueues(queues: readonly CopiedQueueRow[]): Promise<CopiedQueueRow[]>
  /** Leaves those alone that are there. */
  addUsers(users: readonly UserRow[]): Promise<void>
  /** Leaves those alone that are there. */
  addTokens(tokens: readonly TokenRow[]): Promise<void>
  /** Returns what an interrupted copy has written of this queue. What cannot be used is deleted. */
  resume(queue: CopiedQueueRow): Promise<Progress>
  /**
   * Adds the next requests, ordered by ID, of the queue that was resumed last. They are durable when this
   * resolves.
   */
  addRequests(queue: CopiedQueueRow, requests: readonly RequestRow[]): Promise<void>
  /**
   * Adds what only the rows of the next groups know (groups.ts). Comes after all requests but the last. A repeated copy adds
   * them all again.
   */
  addGroups(queue: CopiedQueueRow, groups: readonly GroupRow[]): Promise<void>
  /**
   * Adds the last requests, what clients did, and the queue itself, in one transaction.
   *
   * @throws OperatorError if the target does not have what was written before
   */
  finish(queue: CopiedQueueRow, requests: readonly RequestRow[], clients: readonly ClientRow[]): Promise<void>
  count(queueId: string): Promise<Counted>
  /**
   * Ends a complete copy. Removes what only an interrupted copy needs.
   *
   * @param shownAt the latest time that any queue of the source has used; the clock of the target must not
   *   begin before it
   */
  complete(shownAt: Millis): Promise<void>
  close(): Promise<void>
}
