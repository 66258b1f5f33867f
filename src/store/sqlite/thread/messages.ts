import type { MessagePort } from 'node:worker_threads'
import type { ErrorName, ErrorValues } from '../../../domain/errors.ts'
import type { FigureShare } from '../../../figures/figures.ts'
import type { StepSize } from '../../steps/steps.ts'
import type { OperationName } from '../operations/index.ts'
import type { FlatList } from './encoding/flat-list.ts'

/** What the storage thread is started with. */
export interface ThreadStart {
  readonly file: string
  /** The clock to read (clock.ts). Undefined for the system's clock. */
  readonly clock: SharedArrayBuffer | undefined
  /** Where reading connections count their reads (shared-reads.ts). */
  readonly reads: SharedArrayBuffer
  /** Where the thread counts its figures. Undefined if nobody reads them. */
  readonly figures: FigureShare | undefined
}

/** A call for the storage thread. */
export type CallMessage = readonly [callNumber: number, name: OperationName, params: unknown]

export type Reply =
  | { readonly answer: unknown }
  | { readonly refused: ErrorName; readonly values?: ErrorValues }
  /** An unexpected failure. The call has changed nothing. */
  | { readonly failed: string }

export type ReplyMessage = readonly [callNumber: number, reply: Reply]

/**
 * From a thread that makes calls: tell it from now on, or no longer, what changes of a queue mean (13.14). A watch has a
 * number, with which the storage thread confirms it.
 */
export type WatchMessage = { readonly watch: string; readonly number: number } | { readonly endWatch: string }

/** In place of the number of a call: what follows is not a reply. It is the ID of a queue, and two numbers (params/waiting.ts). */
export const newsMark = 0

/** In place of the number of a call too: what follows is the number of a watch that has begun. */
export const watchedMark = -1

/**
 * Messages on the port of a thread that makes calls: some calls, and the replies to some. Each call is its number, its
 * name, and what encoding/frequent-calls.ts writes of its parameters. Each reply is the number of its call, and what
 * encoding/replies.ts writes. Among the replies there may be news of watched queues, each behind `newsMark`, and
 * confirmations of watches, each behind `watchedMark`.
 */
export type CallsMessage = FlatList
export type RepliesMessage = FlatList

/** From the thread that started the storage thread, to the storage thread. */
export type ControlMessage = { readonly connect: MessagePort } | 'close'

/** From the storage thread, when it is ready. */
export type ReadyMessage = { readonly clockCell: SharedArrayBuffer }

/** From the storage thread, when background work failed. It will be repeated. */
export type ProblemMessage = { readonly problem: string }

/** All that another thread needs to use the store. `port` has to be transferred. */
export interface StoreShare {
  readonly file: string
  readonly clock: SharedArrayBuffer | undefined
  readonly clockCell: SharedArrayBuffer
  readonly reads: SharedArrayBuffer
  readonly port: MessagePort
  readonly stepSize: StepSize
}
