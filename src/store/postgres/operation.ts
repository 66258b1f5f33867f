import type { Refusal } from '../../domain/lifecycle.ts'
import type { Session } from './session.ts'

/** What a transaction has to look up before its calls can be performed. */
export interface Needs {
  /** Requests by their IDs. */
  readonly ids?: readonly string[]
  /** So many requests of the head, to be shown. */
  readonly headListed?: number
  /** So many requests of the head, to be given out. */
  readonly headTaken?: number
  /** Whether any lock is alive. */
  readonly locks?: boolean
  /** Whose queue has this name already. */
  readonly name?: string | null
  /** The requests with live locks of a client key and of a run; null: of none. */
  readonly heldBy?: { readonly clientKey: string | null; readonly runId: string | null }
}

/**
 * A call on one queue, in two parts: what it needs, known from the call alone, so that the calls of a transaction can be
 * looked up together; and what it does with that, by the rules in `domain/`. A refusal must not have changed anything.
 */
export interface QueueOperation<Ask, Answer> {
  needs(ask: Ask): Needs
  /** What it brings to be written, in bytes; nothing worth counting when left out. */
  bytes?(ask: Ask): number
  perform(session: Session, ask: Ask): Answer | Refusal
}
