import type { Right } from '../../domain/caller.ts'
import type { Refusal } from '../../domain/lifecycle.ts'
import type { QueueSession } from './queue-session.ts'

/** What an operation looks at, known from its parameters alone: a store may fetch it for many operations together. */
export interface ReadSet {
  /** Requests by their IDs. */
  readonly ids?: readonly string[]
  /** So many requests of the head, to be shown. */
  readonly headListed?: number
  /** So many requests of the head, to be handed out. */
  readonly headTaken?: number
  /** Whether any request is unavailable. */
  readonly unavailable?: boolean
  /** Whose queue has this name already. */
  readonly name?: string | null
  /** The requests with live locks of a client key and of a run; null: of none. Only where they are so many at the most. */
  readonly heldBy?: {
    readonly clientKey: string | null
    readonly runId: string | null
    readonly countMax: number
  }
}

/**
 * A call on one queue, the same for every store: what it looks at, and what it does with that by the rules of `domain/`.
 * One that refuses has changed nothing (11.6).
 */
export interface QueueOperation<Params, Answer> {
  /** What the caller must be allowed to do to the queue. */
  readonly right: Right
  reads(params: Params): ReadSet
  /** What it brings to be written, in bytes; nothing worth counting when left out. */
  bytes?(params: Params): number
  /** How many requests it changes, where they may be more than a batch has. */
  rows?(params: Params): number
  perform(session: QueueSession, params: Params): Answer | Refusal
}
