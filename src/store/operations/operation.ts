import type { Right } from '../../domain/caller.ts'
import type { Refusal } from '../../domain/lifecycle.ts'
import type { RequestContent } from '../../domain/request.ts'
import type { QueueSession } from './queue-session.ts'

/**
 * What an operation reads. It follows from the parameters alone, so a store can read for many operations
 * together.
 */
export interface ReadSet {
  /** The IDs of requests. */
  readonly ids?: readonly string[]
  /** The requests that it adds or replaces. Their URLs say which groups it needs. */
  readonly contents?: readonly RequestContent[]
  /** The IDs of requests whose contents it asks for (`QueueSession.contentOf`). They are among `ids`. */
  readonly contentsOf?: readonly string[]
  /** The ID of a job. */
  readonly job?: string
  /** How many requests of the head are shown. */
  readonly headListed?: number
  /** How many requests of the head are locked. */
  readonly headTaken?: number
  /** Names of groups. The groups of the requests that `ids` names are read too, and those of the URLs to store. */
  readonly groups?: readonly string[]
  /** A name. The operation asks which queue of the owner has it. */
  readonly name?: string | null
  /**
   * The requests that a client key or a run holds with live locks. Null means no client key, or no run. They
   * are read only if there are at most `countMax`.
   */
  readonly heldBy?: {
    readonly clientKey: string | null
    readonly runId: string | null
    readonly countMax: number
  }
}

/**
 * A call on one queue. It says what it reads, and what it does by the rules of `domain/`. Both stores run the
 * same operation. A refused operation has changed nothing (11.6).
 */
export interface QueueOperation<Params, Answer> {
  /** What the caller must be allowed to do to the queue. */
  readonly right: Right
  reads(params: Params): ReadSet
  /** How many bytes it gives the store to write. Left out if that is too little to count. */
  bytes?(params: Params): number
  /** How many requests it changes. Left out unless that may be more than a batch has. */
  rows?(params: Params): number
  perform(session: QueueSession, params: Params): Answer | Refusal
}
