import type { MessagePort } from 'node:worker_threads'
import type { ErrorName, ErrorValues } from '../../../domain/errors.ts'
import type { FigureShare } from '../../../figures/figures.ts'
import type { StepSize } from '../../steps/steps.ts'
import type { OperationName } from '../operations/index.ts'

/** What the storage thread is started with. */
export interface ThreadStart {
  readonly file: string
  /** The clock to read (clock.ts); undefined for the system's. */
  readonly clock: SharedArrayBuffer | undefined
  /** Where reading connections count (shared-reads.ts). */
  readonly reads: SharedArrayBuffer
  /** Where the thread counts; undefined: nobody reads it. */
  readonly figures: FigureShare | undefined
}

/** A call on its way to the storage thread. */
export type CallMessage = readonly [callNumber: number, name: OperationName, params: unknown]

export type Reply =
  | { readonly answer: unknown }
  | { readonly refused: ErrorName; readonly values?: ErrorValues }
  /** An unexpected failure; the call has changed nothing. */
  | { readonly failed: string }

export type ReplyMessage = readonly [callNumber: number, reply: Reply]

/** On the port of a thread that makes calls: those of one turn of its event loop, and their answers. */
export type CallsMessage = readonly CallMessage[]
export type RepliesMessage = readonly ReplyMessage[]

/** To the storage thread from the one that started it. */
export type ControlMessage = { readonly connect: MessagePort } | 'close'

/** From the storage thread to the one that started it. */
export type ReadyMessage = { readonly clockCell: SharedArrayBuffer }

/** From the storage thread, later on: something it does of itself failed, and will be tried again. */
export type ProblemMessage = { readonly problem: string }

/** All that another thread needs to use the store; `port` has to be in the list of what is transferred. */
export interface StoreShare {
  readonly file: string
  readonly clock: SharedArrayBuffer | undefined
  readonly clockCell: SharedArrayBuffer
  readonly reads: SharedArrayBuffer
  readonly port: MessagePort
  readonly stepSize: StepSize
}
