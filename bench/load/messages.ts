import type { Target } from './calls.ts'
import type { MeasurementAsk, MeasurementResult } from './measurement.ts'

/** What the load process is asked to do. */
export interface LoadAsk extends MeasurementAsk {
  readonly workload: string
  readonly target: Target
  readonly connections: number
  /** Client keys; each has its share of the connections, and the same one on all of them. */
  readonly clients: number
  /** Calls per second over all connections; null: as fast as answers come. */
  readonly callsPerSecond: number | null
  /** What is in the queue already: the numbers of its URLs. */
  readonly known: { readonly first: number; readonly count: number }
  /** New URLs have numbers from here on. */
  readonly firstNewNumber: number
}

export interface LoadResult extends MeasurementResult {
  /** The first number no URL of this load has. */
  readonly nextNewNumber: number
}

export type LoadReply = { readonly result: LoadResult } | { readonly failed: string }
