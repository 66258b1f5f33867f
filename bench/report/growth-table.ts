import type { Figure } from '../rounds/figures.ts'
import type { GrowthFigures, GrowthResults } from '../scenarios/growth.ts'
import { echoAdd, echoGet, fdatasync, sqliteRows } from './comparisons.ts'
import { hundredthsText, markdownTable, spreadNote, wholeText } from './table.ts'

const columns: Readonly<Record<keyof Required<GrowthFigures>, { head: string; show: typeof wholeText }>> = {
  readyMs: { head: 'ready ms', show: wholeText },
  residentMegabytes: { head: 'MB', show: wholeText },
  singleAddsPerSecond: { head: 'single add/s', show: wholeText },
  getsPerSecond: { head: 'get/s', show: wholeText },
  lockedPerSecond: { head: 'locked/s', show: wholeText },
  loneLockHeadP50Ms: { head: 'lone head/lock p50 ms', show: hundredthsText },
  pagesPerSecond: { head: 'pages/s', show: wholeText },
  othersShare: { head: 'others', show: mostText },
}
const names = Object.keys(columns) as (keyof GrowthFigures)[]

/** A Markdown table, with each limit of the machine under the column that it bounds. */
export function growthTable({ limits, sizes }: GrowthResults): string {
  const row = (name: string, figures: Partial<GrowthFigures>) => [
    name,
    ...names.map((column) => {
      const figure = figures[column]
      return figure === undefined ? '' : columns[column].show(figure)
    }),
  ]
  const rows = [
    row('limit (a): bare node:http', {
      singleAddsPerSecond: limits[echoAdd]!.callsPerSecond!,
      getsPerSecond: limits[echoGet]!.callsPerSecond!,
    }),
    row(sqliteRows, { singleAddsPerSecond: limits[sqliteRows]!.requestsPerSecond! }),
    row(fdatasync, { loneLockHeadP50Ms: limits[fdatasync]!.p50Ms! }),
    ...sizes.map(({ size, figures }) => row(size.name, figures)),
  ]
  const { rounds } = sizes[0]!.figures.readyMs
  const table = markdownTable(['requests', ...names.map((name) => columns[name].head)], rows)
  const others =
    'Others: the largest share of the machine that other processes used in any round. Above 5% the row is disturbed.'
  return [table, '', spreadNote(rounds.length), others].join('\n')
}

function mostText({ rounds }: Figure): string {
  return `${Math.round(Math.max(...rounds) * 100)}%`
}
