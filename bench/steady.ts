import { fillTo, type Size } from './growth.ts'
import { SqliteRound } from './sqlite-round.ts'

const sliceMs = 15_000

interface Slice {
  readonly pagesPerSecond: number
  readonly worstMs: number
  readonly residentMegabytes: number
}

/** Crawls without a pause on a queue of this size, and notes every quarter of a minute what it costs: does it stay the same? */
export async function measureSteady(size: Size, minutes: number): Promise<Slice[]> {
  const round = new SqliteRound([])
  try {
    const { target, known } = await fillTo(round, size)
    const slices: Slice[] = []
    for (let slice = 0; slice < (minutes * 60_000) / sliceMs; slice++) {
      const load = await round.run('crawl-cycle', target, { warmUpMs: 0, measureMs: sliceMs, known })
      slices.push({
        pagesPerSecond: load.requests / load.seconds,
        worstMs: load.maxMs,
        residentMegabytes: (await round.residentBytes()) / 1e6,
      })
    }
    return slices
  } finally {
    await round.close()
  }
}

/** A Markdown table, a row a minute. */
export function steadyTable(slices: readonly Slice[]): string {
  const perMinute = 60_000 / sliceMs
  const lines = ['| minute | pages/s | worst ms | resident MB |', '| ---: | ---: | ---: | ---: |']
  for (let from = 0; from < slices.length; from += perMinute) {
    const minute = slices.slice(from, from + perMinute)
    const mean = minute.reduce((sum, slice) => sum + slice.pagesPerSecond, 0) / minute.length
    const worst = Math.max(...minute.map((slice) => slice.worstMs))
    const resident = Math.max(...minute.map((slice) => slice.residentMegabytes))
    lines.push(
      `| ${from / perMinute + 1} | ${mean.toFixed(0)} | ${worst.toFixed(0)} | ${resident.toFixed(0)} |`,
    )
  }
  return lines.join('\n')
}
