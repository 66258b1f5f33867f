import type { WorkloadName } from '../load/messages.ts'
import type { NumberRange } from '../load/numbers.ts'
import { othersShareOf } from '../machine/disturbance.ts'
import { close, noted } from '../processes/interrupt.ts'
import { echoAdd, echoGet } from '../report/comparisons.ts'
import { type Figure, type Figures, figureOf, figuresOf, type Measured, ratesOf } from '../rounds/figures.ts'
import type { Loaded, Shape } from '../rounds/round.ts'
import { SqliteRound } from '../rounds/sqlite-round.ts'

/** A size of the data: a number of requests in a number of queues. */
export interface Size {
  readonly name: string
  readonly requests: number
  readonly queues: number
}

export const sizes: readonly Size[] = [
  { name: '10 thousand', requests: 10_000, queues: 1 },
  { name: '1 million', requests: 1_000_000, queues: 1 },
  { name: '10 million', requests: 10_000_000, queues: 1 },
  { name: '1 million in 10,000 queues', requests: 1_000_000, queues: 10_000 },
]

/**
 * Data smaller than this is created anew for each round, because a round adds tens of thousands of requests
 * and would change its size.
 */
const requestsThatStay = 100_000
const locked = 10_000
const shape = { warmUpMs: 500, measureMs: 2000 }
/** The warm-up before the first workload on a fresh server. */
const freshWarmUpMs = 1500

/** The result of one round for one size. */
export interface GrowthMeasured {
  readonly readyMs: number
  readonly residentMegabytes: number
  readonly singleAddsPerSecond: number
  readonly getsPerSecond: number
  readonly lockedPerSecond: number
  readonly loneLockHeadP50Ms: number
  readonly pagesPerSecond: number
  /**
   * The most that others used of the machine in one of the workloads. Missing where the system does not
   * report it.
   */
  readonly othersShare?: number
}

export type GrowthFigures = Readonly<Record<Exclude<keyof GrowthMeasured, 'othersShare'>, Figure>> & {
  readonly othersShare?: Figure
}

export interface GrowthResults {
  readonly limits: Readonly<Record<string, Figures>>
  readonly sizes: readonly { readonly size: Size; readonly figures: GrowthFigures }[]
}

/** Data of some size in a store without a running server. */
export interface Filled {
  /** Any of the queues, on the server that was stopped. */
  readonly target: Loaded
  readonly queueIds: readonly string[]
  /** The numbers of the URLs in each of the queues. */
  readonly known: NumberRange
}

/**
 * Fills the store of the round to this size. Half of the requests are handled, and 10,000 are locked, or
 * fewer in smaller data.
 */
export async function fillTo(round: SqliteRound, size: Size): Promise<Filled> {
  const targets: Loaded[] = []
  for (let queue = 0; queue < size.queues; queue++) targets.push(await round.newQueue())
  const queueIds = targets.map(({ queueId }) => queueId)
  await round.fill({ queueIds, requests: size.requests, locked: Math.min(locked, size.requests / 4) })
  round.newNumbersFrom(size.requests)
  return {
    target: targets[0]!,
    queueIds,
    known: { first: 0, count: Math.floor(size.requests / size.queues) },
  }
}

/** Starts a server on the data, or restarts it. */
export async function startOn(
  round: SqliteRound,
  { target }: Filled,
): Promise<{ readonly target: Loaded; readonly readyMs: number }> {
  const { readyMs } = await round.restart()
  return { target: await round.queue(target.queueId), readyMs }
}

/**
 * Measures the same workloads on queues of these sizes. Each round measures the limits and then all sizes, so
 * that a machine that becomes slower affects all of them. The larger sizes are filled once, before the first
 * round.
 *
 * @param serverFlags each followed by its value
 */
export async function measureGrowth(
  chosen: readonly Size[],
  rounds: number,
  serverFlags: readonly string[],
  note: (line: string) => void,
): Promise<GrowthResults> {
  const limits: Record<string, Measured>[] = []
  const measured = chosen.map((size) => ({
    size,
    data: new DataOfSize(size, serverFlags),
    rounds: [] as GrowthMeasured[],
  }))
  try {
    for (const { size, data } of measured) {
      if (!data.staysItsSize) continue
      await data.fill()
      note(`${size.name} filled`)
    }
    for (let round = 1; round <= rounds; round++) {
      limits.push(await measureLimits(serverFlags))
      for (const each of measured) each.rounds.push(await each.data.measure())
      note(`round ${round} of ${rounds} done`)
    }
    return {
      limits: figuresOf(limits),
      sizes: measured.map((each) => ({ size: each.size, figures: growthFiguresOf(each.rounds) })),
    }
  } finally {
    for (const { data } of measured) await data.close()
  }
}

async function measureLimits(serverFlags: readonly string[]): Promise<Record<string, Measured>> {
  const round = noted(new SqliteRound(serverFlags))
  try {
    await round.address()
    return {
      [echoAdd]: ratesOf(await round.withEcho((echo) => round.run('echo-add', echo, shape))),
      [echoGet]: ratesOf(await round.withEcho((echo) => round.run('echo-get', echo, shape))),
      ...(await round.storeLimits(shape.measureMs)),
    }
  } finally {
    await close(round)
  }
}

/**
 * Data of one size. It is the same in all rounds, or created for each round if a round would change its size.
 */
class DataOfSize {
  readonly staysItsSize: boolean
  readonly #size: Size
  readonly #serverFlags: readonly string[]
  #data: { readonly round: SqliteRound; readonly filled: Filled } | undefined

  constructor(size: Size, serverFlags: readonly string[]) {
    this.staysItsSize = size.requests >= requestsThatStay
    this.#size = size
    this.#serverFlags = serverFlags
  }

  async fill(): Promise<void> {
    const round = noted(new SqliteRound(this.#serverFlags))
    try {
      this.#data = { round, filled: await fillTo(round, this.#size) }
    } catch (error) {
      await close(round)
      throw error
    }
  }

  /** Always on a fresh server. */
  async measure(): Promise<GrowthMeasured> {
    if (this.#data === undefined) await this.fill()
    const { round, filled } = this.#data!
    const measured = await measureOnce(round, filled)
    if (!this.staysItsSize) await this.close()
    return measured
  }

  async close(): Promise<void> {
    if (this.#data === undefined) return
    const { round } = this.#data
    this.#data = undefined
    await close(round)
  }
}

async function measureOnce(round: SqliteRound, filled: Filled): Promise<GrowthMeasured> {
  const { target, readyMs } = await startOn(round, filled)
  const { queueIds, known } = filled
  const othersShares: number[] = []
  const run = async (workload: WorkloadName, more: Partial<Shape> = {}) => {
    const { load, cost } = await round.measure(workload, target, { ...shape, queueIds, known, ...more })
    if (cost !== null) othersShares.push(othersShareOf(cost))
    return load
  }
  const singleAdds = ratesOf(await run('single-add', { warmUpMs: freshWarmUpMs }))
  const gets = ratesOf(await run('get-request'))
  const pages = ratesOf(await run('crawl-cycle'))
  const loneLockHead = await run('lock-head', { warmUpMs: 0, measureMs: 200, connections: 1 })
  const locks = ratesOf(await run('lock-head', { warmUpMs: 0, measureMs: 500 }))
  return {
    readyMs,
    residentMegabytes: (await round.residentBytes()) / 1e6,
    singleAddsPerSecond: singleAdds.callsPerSecond,
    getsPerSecond: gets.callsPerSecond,
    lockedPerSecond: locks.requestsPerSecond,
    loneLockHeadP50Ms: loneLockHead.p50Ms,
    pagesPerSecond: pages.requestsPerSecond,
    ...(othersShares.length === 0 ? {} : { othersShare: Math.max(...othersShares) }),
  }
}

function growthFiguresOf(rounds: readonly GrowthMeasured[]): GrowthFigures {
  const names = Object.keys(rounds[0]!) as (keyof GrowthMeasured)[]
  const figures = names.map((name) => [name, figureOf(rounds.map((round) => round[name]!))])
  // The object has one figure for each name.
  return Object.fromEntries(figures) as GrowthFigures
}
