import { othersShareOf } from '../machine/disturbance.ts'
import { close, noted } from '../processes/interrupt.ts'
import { markdownTable } from '../report/table.ts'
import { SqliteRound } from '../rounds/sqlite-round.ts'
import { fillTo, type Size, startOn } from './growth.ts'

const sliceMs = 15_000

interface Slice {
  readonly pagesPerSecond: number
  readonly worstMs: number
  readonly residentMegabytes: number
  /** The share of the machine; null where the system does not report it. */
  readonly othersShare: number | null
}

/**
 * Crawls without a pause on queues of this size, and measures the cost every quarter of a minute, to see
 * whether it stays the same.
 *
 * @param serverFlags each followed by its value
 */
export async function measureSteady(
  size: Size,
  minutes: number,
  serverFlags: readonly string[],
): Promise<Slice[]> {
  const round = noted(new SqliteRound(serverFlags))
  try {
    const filled = await fillTo(round, size)
    const { target } = await startOn(round, filled)
    const { queueIds, known } = filled
    const slices: Slice[] = []
    for (let slice = 0; slice < (minutes * 60_000) / sliceMs; slice++) {
      const shape = { warmUpMs: 0, measureMs: sliceMs, queueIds, known }
      const { load, cost } = await round.measure('crawl-cycle', target, shape)
      slices.push({
        pagesPerSecond: load.requests / load.seconds,
        worstMs: load.maxMs,
        residentMegabytes: (await round.residentBytes()) / 1e6,
        othersShare: cost === null ? null : othersShareOf(cost),
      })
    }
    return slices
  } finally {
    await close(round)
  }
}

/** A Markdown table with a row for each minute. */
export function steadyTable(slices: readonly Slice[]): string {
  const perMinute = 60_000 / sliceMs
  const rows: string[][] = []
  for (let from = 0; from < slices.length; from += perMinute) {
    const minute = slices.slice(from, from + perMinute)
    const figures = [
      minute.reduce((sum, slice) => sum + slice.pagesPerSecond, 0) / minute.length,
      Math.max(...minute.map((slice) => slice.worstMs)),
      Math.max(...minute.map((slice) => slice.residentMegabytes)),
    ]
    const cells = figures.map((figure) => Math.round(figure).toLocaleString('en'))
    const others = Math.max(...minute.map(({ othersShare }) => othersShare ?? Number.NaN))
    const last = Number.isNaN(others) ? 'not known' : `${Math.round(others * 100)}%`
    rows.push([String(from / perMinute + 1), ...cells, last])
  }
  return markdownTable(['minute', 'pages/s', 'worst ms', 'resident MB', 'others'], rows)
}
