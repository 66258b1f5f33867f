import type { Target } from './load/calls.ts'
import type { LoadResult } from './load/messages.ts'
import { markdownTable } from './report.ts'
import type { Shape } from './round.ts'
import { SqliteRound } from './sqlite-round.ts'
import { median } from './statistics.ts'

/** One size of the data: so many requests in so many queues. */
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

const locked = 10_000
const rounds = 3
const shape: Shape = { warmUpMs: 300, measureMs: 2000 }

export interface GrowthFigures {
  readonly size: string
  readonly readyMs: number
  readonly residentMegabytes: number
  readonly singleAdd: number
  readonly getRequest: number
  readonly lockHead: number
  readonly lockHeadLoneP50Ms: number
  readonly crawlCycle: number
}

export interface Filled {
  readonly target: Target
  readonly known: { readonly first: number; readonly count: number }
  readonly readyMs: number
}

/** Fills the server of the round to this size, half of it handled and 10,000 locked (fewer where there are fewer). */
export async function fillTo(round: SqliteRound, size: Size): Promise<Filled> {
  const targets: Target[] = []
  for (let queue = 0; queue < size.queues; queue++) targets.push(await round.newQueue())
  await round.fill({
    queueIds: targets.map((target) => target.queueId),
    requests: size.requests,
    locked: Math.min(locked, Math.floor(size.requests / 4)),
  })
  const { readyMs, port } = await round.restart()
  round.newNumbersFrom(size.requests)
  const known = { first: 0, count: Math.floor(size.requests / size.queues) }
  return { target: { ...targets[0]!, ports: [port] }, known, readyMs }
}

/**
 * The same workloads on queues of these sizes. All are filled first, then each round goes through all of them: a machine
 * that gets slower meanwhile gets slower for all.
 */
export async function measureGrowth(
  chosen: readonly Size[],
  note: (line: string) => void,
): Promise<GrowthFigures[]> {
  const measured: SizeUnderTest[] = []
  try {
    for (const size of chosen) {
      const one = new SizeUnderTest(size)
      measured.push(one)
      await one.fill()
      note(`${size.name} filled`)
    }
    for (let round = 1; round <= rounds; round++) {
      for (const one of measured) await one.measure()
      note(`round ${round} of ${rounds} done`)
    }
    return await Promise.all(measured.map((one) => one.figures()))
  } finally {
    for (const one of measured) await one.close()
  }
}

class SizeUnderTest {
  readonly #size: Size
  readonly #round = new SqliteRound([])
  readonly #noted = new Map<string, number[]>()
  #filled: Filled | undefined

  constructor(size: Size) {
    this.#size = size
  }

  async fill(): Promise<void> {
    this.#filled = await fillTo(this.#round, this.#size)
  }

  async measure(): Promise<void> {
    const { target, known } = this.#filled!
    const round = this.#round
    this.#note('singleAdd', rate(await round.run('single-add', target, shape)))
    this.#note('getRequest', rate(await round.run('get-request', target, { ...shape, known })))
    const crawled = await round.run('crawl-cycle', target, { ...shape, known })
    this.#note('crawlCycle', crawled.requests / crawled.seconds)
    const lone = { warmUpMs: 0, measureMs: 200, connections: 1 }
    this.#note('lockHeadLoneP50Ms', (await round.run('lock-head', target, lone)).p50Ms)
    const lockHead = await round.run('lock-head', target, { warmUpMs: 0, measureMs: 500 })
    this.#note('lockHead', lockHead.requests / lockHead.seconds)
  }

  async figures(): Promise<GrowthFigures> {
    const of = (name: string) => median(this.#noted.get(name)!)
    return {
      size: this.#size.name,
      readyMs: this.#filled!.readyMs,
      residentMegabytes: (await this.#round.residentBytes()) / 1e6,
      singleAdd: of('singleAdd'),
      getRequest: of('getRequest'),
      lockHead: of('lockHead'),
      lockHeadLoneP50Ms: of('lockHeadLoneP50Ms'),
      crawlCycle: of('crawlCycle'),
    }
  }

  close(): Promise<void> {
    return this.#round.close()
  }

  #note(name: string, value: number): void {
    const values = this.#noted.get(name)
    if (values === undefined) this.#noted.set(name, [value])
    else values.push(value)
  }
}

function rate(result: LoadResult): number {
  return result.calls / result.seconds
}

/** A Markdown table. */
export function growthTable(figures: readonly GrowthFigures[]): string {
  const heads = [
    'requests',
    'ready ms',
    'MB',
    'single add/s',
    'get/s',
    'locked/s',
    'lone head/lock p50 ms',
    'pages/s',
  ]
  const rows = figures.map((row) => [
    row.size,
    row.readyMs.toFixed(0),
    row.residentMegabytes.toFixed(0),
    row.singleAdd.toFixed(0),
    row.getRequest.toFixed(0),
    row.lockHead.toFixed(0),
    row.lockHeadLoneP50Ms.toFixed(2),
    row.crawlCycle.toFixed(0),
  ])
  return markdownTable(heads, rows)
}
