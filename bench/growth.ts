import { Round, type Shape } from './bench.ts'
import type { LoadResult } from './load/messages.ts'
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

/** The same workloads on a queue of this size, half of it handled and 10,000 locked (fewer where there are fewer). */
export async function measureSize(size: Size): Promise<GrowthFigures> {
  const round = new Round([])
  try {
    await round.ready()
    const targets = []
    for (let queue = 0; queue < size.queues; queue++) targets.push(await round.newQueue())
    await round.fill({
      queueIds: targets.map((target) => target.queueId),
      requests: size.requests,
      locked: Math.min(locked, Math.floor(size.requests / 4)),
    })
    const { readyMs } = await round.restart()
    const target = { ...targets[0]!, port: (await round.ready()).port }
    const known = { first: 0, count: Math.floor(size.requests / size.queues) }
    round.newNumbersFrom(size.requests)

    const figures: Record<string, number[]> = {}
    const note = (name: string, value: number) => {
      figures[name] ??= []
      figures[name].push(value)
    }
    for (let index = 0; index < rounds; index++) {
      note('singleAdd', rate(await round.run('single-add', target, shape)))
      note('getRequest', rate(await round.run('get-request', target, { ...shape, known })))
      const crawled = await round.run('crawl-cycle', target, { ...shape, known })
      note('crawlCycle', crawled.requests / crawled.seconds)
      const lone = { warmUpMs: 0, measureMs: 200, connections: 1 }
      note('lockHeadLoneP50Ms', (await round.run('lock-head', target, lone)).p50Ms)
      const lockHead = await round.run('lock-head', target, { warmUpMs: 0, measureMs: 500 })
      note('lockHead', lockHead.requests / lockHead.seconds)
    }
    const of = (name: string) => median(figures[name]!)
    return {
      size: size.name,
      readyMs,
      residentMegabytes: (await round.residentBytes()) / 1e6,
      singleAdd: of('singleAdd'),
      getRequest: of('getRequest'),
      lockHead: of('lockHead'),
      lockHeadLoneP50Ms: of('lockHeadLoneP50Ms'),
      crawlCycle: of('crawlCycle'),
    }
  } finally {
    await round.close()
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
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(heads),
    line(heads.map((_, column) => (column === 0 ? '---' : '---:'))),
    ...rows.map(line),
  ].join('\n')
}
