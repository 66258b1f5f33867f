import type { Target } from './calls.ts'
import type { MeasurementAsk, MeasurementResult } from './measurement.ts'
import type { NumberRange } from './numbers.ts'
import type { WorkloadName } from './workloads.ts'

/** What the load process is asked to do. */
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

export interface LoadResult extends MeasurementResult {
  /** The first number no URL of this load has. */
  readonly nextNewNumber: number
}

export type LoadReply = { readonly result: LoadResult } | { readonly failed: string }
