/** How long the parts of a benchmark take. */
export interface Durations {
  readonly rounds: number
  readonly warmUpMs: number
  readonly measureMs: number
  readonly latencyMs: number
  readonly drainRequests: number
  /** The requests for mark handled and head/lock at full speed: more than they use, warm-up included. */
  readonly markRequests: number
  readonly lockRequests: number
  /** The requests in a queue before workloads that need existing requests. */
  readonly knownRequests: number
  /** Whether to measure latencies at half load, and a drain with one call in flight for each client. */
  readonly isThorough: boolean
  /** Whether to measure latencies for a lone client. That of a single add is always measured. */
  readonly hasLoneClients: boolean
  /** A disturbed row is measured again, at most this many times in all. */
  readonly takesMax: number
}

/**
 * For the workloads on the embedded store. Without disturbance, three whole rounds take five minutes and
 * three quick ones take one.
 */
export const durations = {
  whole: {
    rounds: 3,
    warmUpMs: 400,
    measureMs: 2100,
    latencyMs: 2500,
    drainRequests: 100_000,
    markRequests: 80_000,
    lockRequests: 300_000,
    knownRequests: 20_000,
    isThorough: true,
    hasLoneClients: true,
    takesMax: 3,
  },
  quick: {
    rounds: 3,
    warmUpMs: 100,
    measureMs: 400,
    latencyMs: 200,
    drainRequests: 5_000,
    markRequests: 15_000,
    lockRequests: 60_000,
    knownRequests: 5_000,
    isThorough: false,
    hasLoneClients: false,
    takesMax: 2,
  },
} as const satisfies Record<string, Durations>
