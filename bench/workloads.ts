import { echoAdd, echoGet } from './comparisons.ts'
import type { LoadResult } from './load/messages.ts'
import { measuredOf, type RoundFigures, ratesOf } from './report.ts'
import type { Round } from './round.ts'

/** How long things take, for the whole run or the quick one. */
export interface Durations {
  readonly rounds: number
  readonly warmUpMs: number
  readonly measureMs: number
  readonly latencyMs: number
  readonly drainRequests: number
  readonly lockRequests: number
  /** What is in a queue before the workloads that need something there. */
  readonly knownRequests: number
  /** What calls take at half load, and how a drain does with one call in flight for each client. */
  readonly isThorough: boolean
}

const latencyOf = [
  ['single add', 'single-add'],
  ['get request', 'get-request'],
  ['mark handled', 'mark-handled'],
  ['batch add of 25', 'batch-add'],
  ['head/lock of 25', 'lock-head'],
] as const

const drains = [
  ['drain, 8 clients', 64],
  ['drain, 8 clients, one call each', 8],
] as const

/** One round: the limits and every workload once, on fresh servers. What is compared alternates. */
export async function runRound(round: Round, durations: Durations): Promise<RoundFigures> {
  const { warmUpMs, measureMs } = durations
  const shape = { warmUpMs, measureMs }
  const workloads: Record<string, LoadResult> = {}

  const storeLimits = await round.storeLimits(measureMs)
  const bareAdd = await round.echo('echo-add', shape)

  const queue = await round.newQueue()
  const first = round.nextNumber
  const singleAdd = await round.run('single-add', queue, shape)
  workloads['single add'] = singleAdd
  const known = { first, count: round.nextNumber - first }
  workloads['single add, half known'] = await round.run('single-add-half-known', queue, { ...shape, known })

  const bareGet = await round.echo('echo-get', shape)
  workloads['get request'] = await round.run('get-request', queue, { ...shape, known })
  workloads['mark handled'] = await round.run('mark-handled', queue, { ...shape, known })
  workloads['batch add of 25'] = await round.run('batch-add', await round.newQueue(), shape)

  const locked = await round.newQueue()
  await round.preload(locked, durations.lockRequests)
  workloads['head/lock of 25'] = await round.run('lock-head', locked, { warmUpMs: 0, measureMs })
  const prolonged = await round.newQueue()
  await round.preload(prolonged, 64 * 25)
  workloads['prolong'] = await round.run('prolong', prolonged, shape)

  for (const [name, connections] of durations.isThorough ? drains : drains.slice(0, 1)) {
    const drained = await round.newQueue()
    await round.preload(drained, durations.drainRequests)
    workloads[name] = await round.run('drain', drained, {
      warmUpMs: 0,
      measureMs: null,
      connections,
      clients: 8,
    })
  }

  const crawled = await round.newQueue()
  const links = await round.preload(crawled, durations.knownRequests)
  workloads['crawl cycle'] = await round.run('crawl-cycle', crawled, { ...shape, known: links })

  // What a call takes where there is time: at half of the calls per second above, and for somebody all alone.
  for (const [name, workload] of latencyOf) {
    const full = workloads[name]!
    const half = { callsPerSecond: full.calls / full.seconds / 2 }
    const alone = { connections: 1 }
    const loads = durations.isThorough
      ? { 'half load': half, 'lone client': alone }
      : { 'lone client': alone }
    for (const [load, more] of Object.entries(loads)) {
      const target = await round.newQueue()
      const locks = workload === 'lock-head' && load === 'half load'
      const preloaded = await round.preload(target, locks ? full.requests / 2 : durations.knownRequests)
      workloads[`${name}, ${load}`] = await round.run(workload, target, {
        warmUpMs: 200,
        measureMs: durations.latencyMs,
        known: preloaded,
        ...more,
      })
    }
  }

  const measured = Object.entries(workloads).map(([name, load]) => [name, measuredOf(load)])
  return {
    limits: { [echoAdd]: ratesOf(bareAdd), [echoGet]: ratesOf(bareGet), ...storeLimits },
    workloads: Object.fromEntries(measured),
    residentBytes: await round.residentBytes(),
  }
}
