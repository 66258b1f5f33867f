import type { Target } from './calls.ts'
import type { MeasurementAsk, Part } from './measurement.ts'
import type { NumberRange } from './numbers.ts'

export type WorkloadName =
  | 'echo-add'
  | 'echo-get'
  | 'single-add'
  | 'single-add-half-known'
  | 'get-request'
  | 'mark-handled'
  | 'prolong'
  | 'batch-add'
  | 'lock-head'
  | 'drain'
  | 'crawl-cycle'

/** What is to be done to servers, by one process of the load or by several together. */
export interface LoadAsk extends MeasurementAsk {
  readonly workload: WorkloadName
  readonly target: Target
  /** The load is spread over these queues, in place of the target's: each connection goes from one to the next. */
  readonly queueIds?: readonly string[]
  readonly connections: number
  /** Client keys; each has its share of the connections, and the same one on all of them. */
  readonly clients: number
  /** Calls per second over all connections; null: as fast as answers come. */
  readonly callsPerSecond: number | null
  /** What is in each queue already: the numbers of its URLs. */
  readonly known: NumberRange
  /** New URLs have numbers from here on. */
  readonly firstNewNumber: number
}

/** Which part of a load a process has: it drives the clients whose number leaves this rest, and all their connections. */
export interface Share {
  readonly rest: number
  readonly of: number
}

export interface ShareAsk extends LoadAsk {
  readonly share: Share
}

export interface ShareResult extends Part {
  /** The first number that no URL of this process has. */
  readonly nextNewNumber: number
}

/** Sent after the ask, when all processes of a load are ready: they begin together. */
export interface Go {
  readonly kind: 'go'
}

/** What a process of the load says of each ask: `begun` and `ended` are the bounds of the measurement. */
export type LoadReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'begun' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'result'; readonly result: ShareResult }
  | { readonly kind: 'failed'; readonly problem: string }
