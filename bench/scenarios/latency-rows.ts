import { batchSize } from '../load/calls.ts'
import type { Shape } from '../rounds/round.ts'
import type { Taken } from '../rounds/takes.ts'
import type { RowContext } from './row-context.ts'

const warmUpMs = 200

interface Latency {
  readonly row: string
  readonly workload: 'single-add' | 'get-request' | 'mark-handled' | 'batch-add' | 'lock-head'
  /** How many requests one call uses up, and the highest rate of a lone client. */
  readonly uses?: { readonly requests: number; readonly loneCallsPerSecondMax: number }
}

const latencies: readonly Latency[] = [
  { row: 'single add', workload: 'single-add' },
  { row: 'get request', workload: 'get-request' },
  { row: 'mark handled', workload: 'mark-handled', uses: { requests: 1, loneCallsPerSecondMax: 6_000 } },
  { row: 'batch add of 25', workload: 'batch-add' },
  {
    row: 'head/lock of 25',
    workload: 'lock-head',
    uses: { requests: batchSize, loneCallsPerSecondMax: 2_000 },
  },
]

/** A row for the latency of calls. */
export interface LatencyRow {
  /** The full-speed row at half of whose rate it runs; null: it runs with a lone client. */
  readonly halfOf: string | null
  /** @param fullCallsPerSecond the rate of that row */
  take(context: RowContext, fullCallsPerSecond: number): Promise<Taken>
}

/** By the names in the table, in its order: at half of the full rate, and with a lone client. */
export const latencyRows: Readonly<Record<string, LatencyRow>> = Object.fromEntries(
  latencies.flatMap((latency): [string, LatencyRow][] => [
    [
      `${latency.row}, half load`,
      {
        halfOf: latency.row,
        take(context, fullCallsPerSecond) {
          const callsPerSecond = fullCallsPerSecond / 2
          // A few more requests than needed, so that the load never runs out of work.
          return take(context, latency, 1.1 * callsPerSecond, { callsPerSecond })
        },
      },
    ],
    [
      `${latency.row}, lone client`,
      {
        halfOf: null,
        take: (context) =>
          take(context, latency, latency.uses?.loneCallsPerSecondMax ?? 0, { connections: 1 }),
      },
    ],
  ]),
)

/** @param callsPerSecondMax the queue gets enough requests for this rate */
async function take(
  context: RowContext,
  { workload, uses }: Latency,
  callsPerSecondMax: number,
  load: Partial<Shape>,
): Promise<Taken> {
  const { round, given } = context
  const shape: Shape = { ...load, warmUpMs, measureMs: given.latencyMs }
  // These workloads create the requests that they need.
  if (workload === 'single-add' || workload === 'batch-add') {
    return round.measure(workload, await round.newQueue(), shape)
  }
  const calls = (callsPerSecondMax * (warmUpMs + given.latencyMs)) / 1000
  const { queue, known } = await (uses === undefined
    ? context.knownQueue()
    : context.queueWith(calls * uses.requests))
  return round.measure(workload, queue, { ...shape, known })
}
