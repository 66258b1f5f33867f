import { echoAdd, echoGet } from './comparisons.ts'
import type { LoadResult } from './load/messages.ts'
import { batchSize } from './load/workloads.ts'
import { measuredOf, type RoundFigures, ratesOf } from './report.ts'
import type { Round, Shape } from './round.ts'

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
}

/** Of the workloads on the embedded store: three whole rounds in less than six minutes, three quick ones in less than one. */
export const durations = {
  whole: {
    rounds: 3,
    warmUpMs: 400,
    measureMs: 2100,
    latencyMs: 2500,
    drainRequests: 100_000,
    markRequests: 60_000,
    lockRequests: 200_000,
    knownRequests: 20_000,
    isThorough: true,
    hasLoneClients: true,
  },
  quick: {
    rounds: 3,
    warmUpMs: 100,
    measureMs: 400,
    latencyMs: 200,
    drainRequests: 5_000,
    markRequests: 10_000,
    lockRequests: 40_000,
    knownRequests: 5_000,
    isThorough: false,
    hasLoneClients: false,
  },
} as const satisfies Record<string, Durations>

/** A drain that is slower ends here, and is as fast as it was until then. */
const drainMsMax = 15_000
/** Limit (a) is taken a second time in the midst of what is held against it: its mean is more like what was there for all. */
const secondEcho: Shape = { warmUpMs: 200, measureMs: 1000 }
const latencyWarmUpMs = 200

interface Latency {
  readonly row: string
  readonly workload: 'single-add' | 'get-request' | 'mark-handled' | 'batch-add' | 'lock-head'
  /** How many requests one call uses up, and how many calls a second a lone client makes at the most. */
  readonly uses?: { readonly requests: number; readonly loneCallsPerSecondMax: number }
}

const latencies: readonly Latency[] = [
  { row: 'single add', workload: 'single-add' },
  { row: 'get request', workload: 'get-request' },
  { row: 'mark handled', workload: 'mark-handled', uses: { requests: 1, loneCallsPerSecondMax: 4_000 } },
  { row: 'batch add of 25', workload: 'batch-add' },
  {
    row: 'head/lock of 25',
    workload: 'lock-head',
    uses: { requests: batchSize, loneCallsPerSecondMax: 1_200 },
  },
]

/** One round: every workload once, on fresh servers, and the limits right before what is held against them. */
export async function runRound(round: Round, given: Durations): Promise<RoundFigures> {
  const { warmUpMs, measureMs } = given
  const shape: Shape = { warmUpMs, measureMs }

  // These come first so that no server is measured whose code has not run yet.
  const marked = await round.newQueue()
  const toMark = await round.preload(marked, given.markRequests)

  const storeLimits = await round.storeLimits(measureMs)
  const batchAdd = await round.run('batch-add', await round.newQueue(), shape)

  const firstBareAdd = ratesOf(await round.echo('echo-add', shape))
  const queue = await round.newQueue()
  const first = round.nextNumber
  const singleAdd = await round.run('single-add', queue, shape)
  const known = { first, count: round.nextNumber - first }
  const halfKnown = await round.run('single-add-half-known', queue, { ...shape, known })

  const prolonged = await round.newQueue()
  await round.preload(prolonged, 64 * batchSize)
  const bareGet = ratesOf(await round.echo('echo-get', { ...shape, known }))
  const getRequest = await round.run('get-request', queue, { ...shape, known })
  const prolong = await round.run('prolong', prolonged, shape)

  const secondBareAdd = ratesOf(await round.echo('echo-add', secondEcho))
  const markHandled = await round.run('mark-handled', marked, { ...shape, known: toMark })

  const locked = await round.newQueue()
  await round.preload(locked, given.lockRequests)
  const lockHead = await round.run('lock-head', locked, shape)

  // In the order of the table.
  const atFullSpeed: Record<string, LoadResult> = {
    'single add': singleAdd,
    'single add, half known': halfKnown,
    'get request': getRequest,
    'mark handled': markHandled,
    'batch add of 25': batchAdd,
    'head/lock of 25': lockHead,
    prolong,
    ...(await drains(round, given)),
    'crawl cycle': await crawlCycle(round, given),
  }
  const loads = { ...atFullSpeed, ...(await latenciesOf(round, given, atFullSpeed)) }

  const workloads = Object.entries(loads).map(([name, load]) => [name, measuredOf(load)])
  const bareAdd = {
    callsPerSecond: (firstBareAdd.callsPerSecond + secondBareAdd.callsPerSecond) / 2,
    requestsPerSecond: (firstBareAdd.requestsPerSecond + secondBareAdd.requestsPerSecond) / 2,
  }
  return {
    limits: { [echoAdd]: bareAdd, [echoGet]: bareGet, ...storeLimits },
    workloads: Object.fromEntries(workloads),
    residentBytes: await round.residentBytes(),
  }
}

async function drains(round: Round, given: Durations): Promise<Record<string, LoadResult>> {
  const drain = async (requests: number, connections: number) => {
    const drained = await round.newQueue()
    await round.preload(drained, requests)
    return round.run('drain', drained, {
      warmUpMs: given.warmUpMs,
      measureMs: drainMsMax,
      connections,
      clients: 8,
    })
  }
  const results: Record<string, LoadResult> = { 'drain, 8 clients': await drain(given.drainRequests, 64) }
  // It is little more than half as fast, so half as many last as long.
  if (given.isThorough) results['drain, 8 clients, one call each'] = await drain(given.drainRequests / 2, 8)
  return results
}

async function crawlCycle(round: Round, given: Durations): Promise<LoadResult> {
  const { warmUpMs, measureMs, knownRequests } = given
  const crawled = await round.newQueue()
  const known = await round.preload(crawled, knownRequests)
  return round.run('crawl-cycle', crawled, { warmUpMs, measureMs, known })
}

/** What a call takes where there is time: at half of the calls per second at full speed, and for somebody all alone. */
async function latenciesOf(
  round: Round,
  given: Durations,
  atFullSpeed: Readonly<Record<string, LoadResult>>,
): Promise<Record<string, LoadResult>> {
  const results: Record<string, LoadResult> = {}
  for (const latency of latencies) {
    const { row, uses } = latency
    const full = atFullSpeed[row]!
    const callsPerSecond = full.calls / full.seconds / 2
    if (given.isThorough) {
      // Some more than the rate asks for, so that it never runs dry.
      const callsPerSecondMax = 1.1 * callsPerSecond
      results[`${row}, half load`] = await latencyOf(round, given, latency, callsPerSecondMax, {
        callsPerSecond,
      })
    }
    if (given.hasLoneClients || row === 'single add') {
      const callsPerSecondMax = uses?.loneCallsPerSecondMax ?? 0
      results[`${row}, lone client`] = await latencyOf(round, given, latency, callsPerSecondMax, {
        connections: 1,
      })
    }
  }
  return results
}

/** @param callsPerSecondMax for so many a second there is enough in the queue */
async function latencyOf(
  round: Round,
  { latencyMs, knownRequests }: Durations,
  { workload, uses }: Latency,
  callsPerSecondMax: number,
  load: Partial<Shape>,
): Promise<LoadResult> {
  const shape: Shape = { ...load, warmUpMs: latencyWarmUpMs, measureMs: latencyMs }
  const target = await round.newQueue()
  // They make what they need.
  if (workload === 'single-add' || workload === 'batch-add') return round.run(workload, target, shape)
  const calls = (callsPerSecondMax * (latencyWarmUpMs + latencyMs)) / 1000
  const known = await round.preload(target, uses === undefined ? knownRequests : calls * uses.requests)
  return round.run(workload, target, { ...shape, known })
}
