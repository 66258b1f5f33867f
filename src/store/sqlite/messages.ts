import type { ErrorName, ErrorValues } from '../../domain/errors.ts'
import type { OperationName } from './operations/index.ts'

/** What the storage thread is started with. */
export interface ThreadStart {
  readonly file: string
  /** The clock to read (clock.ts); undefined for the system's. */
  readonly clock: SharedArrayBuffer | undefined
}

/** A call on its way to the storage thread. */
export type CallMessage = readonly [callNumber: number, name: OperationName, ask: unknown]

/** To the storage thread: calls, in the order in which they were made, or the word to finish and close. */
export type ToThread = readonly CallMessage[] | 'close'

export type Reply =
  | { readonly answer: unknown }
  | { readonly refused: ErrorName; readonly values?: ErrorValues }
  /** An unexpected failure; the call has changed nothing. */
  | { readonly failed: string }

export type ReplyMessage = readonly [callNumber: number, reply: Reply]

/** From the storage thread. */
export type FromThread =
  | { readonly kind: 'ready'; readonly clockCell: SharedArrayBuffer }
  | { readonly kind: 'replies'; readonly replies: readonly ReplyMessage[] }
  | { readonly kind: 'closed' }
