/** How long things take. */
export interface Durations {
  readonly rounds: number
  readonly warmUpMs: number
  readonly measureMs: number
  readonly latencyMs: number
  readonly drainRequests: number
  /** For mark handled and head/lock at full speed: more than they use up, warm-up and all. */
  readonly markRequests: number
  readonly lockRequests: number
  /** What is in a queue before the workloads that need something there. */
  readonly knownRequests: number
  /** What calls take at half load, and how a drain does with one call in flight for each client. */
  readonly isThorough: boolean
  /** What each call takes for somebody all alone. That of a single add is always measured. */
  readonly hasLoneClients: boolean
  /** A row that was disturbed is taken again until it has been taken so often. */
  readonly takesMax: number
}

/** Of the workloads on the embedded store: three whole rounds in five minutes, three quick ones in one, where nothing disturbs them. */
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
