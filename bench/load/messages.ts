import type { Target } from './calls.ts'

/** What the load process is asked to do. */
export interface LoadAsk {
  readonly workload: string
  readonly target: Target
  readonly connections: number
  /** Client keys; each has its share of the connections, and the same one on all of them. */
  readonly clients: number
  readonly warmUpMs: number
  /** Null: until there is nothing left to do. */
  readonly measureMs: number | null
  /** Calls per second over all connections; null: as fast as answers come. */
  readonly callsPerSecond: number | null
  /** What is in the queue already: the numbers of its URLs. */
  readonly known: { readonly first: number; readonly count: number }
  /** New URLs have numbers from here on. */
  readonly firstNewNumber: number
}

export interface LoadResult {
  readonly calls: number
  readonly requests: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly maxMs: number
  /** The first number no URL of this load has. */
  readonly nextNewNumber: number
}

export type LoadReply = { readonly result: LoadResult } | { readonly failed: string }
