import type { Target } from './calls.ts'
import type { MeasurementOptions, Part } from './measurement.ts'
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

/** A load for one process or for several together. */
export interface LoadOptions extends MeasurementOptions {
  readonly workload: WorkloadName
  readonly target: Target
  /** The queues to load instead of the target's queue. Each connection goes from one to the next. */
  readonly queueIds?: readonly string[]
  readonly connections: number
  /**
   * The number of client keys. Each has its share of the connections, and uses the same key on all of them.
   */
  readonly clients: number
  /** Calls per second over all connections; null: as fast as answers arrive. */
  readonly callsPerSecond: number | null
  /** The numbers of the URLs that each queue contains already. */
  readonly known: NumberRange
  /** The number of the first new URL. */
  readonly firstNewNumber: number
  /** Over how many hosts new URLs are spread. Left out: one. */
  readonly hostCount?: number
}

/**
 * The share of one process: it drives the clients whose number has this remainder, with all their
 * connections.
 */
export interface Share {
  readonly rest: number
  readonly of: number
}

export interface ShareOptions extends LoadOptions {
  readonly share: Share
}

export interface ShareResult extends Part {
  /** The first number that no URL of this process uses. */
  readonly nextNewNumber: number
}

/** Sent after the ask when all processes of a load are ready, so that they begin together. */
export interface Go {
  readonly kind: 'go'
}

/** The answers of a load process. `begun` and `ended` are the bounds of the measurement. */
export type LoadReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'begun' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'result'; readonly result: ShareResult }
  | { readonly kind: 'failed'; readonly problem: string }
