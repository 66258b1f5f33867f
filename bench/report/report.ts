import type { Column, Figure, Figures, Results } from '../rounds/figures.ts'
import { median } from '../rounds/statistics.ts'
import type { Comparison, Comparisons } from './comparisons.ts'
import { costTable, markedName } from './cost-table.ts'
import { rulesNote } from './rules-note.ts'
import { hundredthsText, markdownTable, spreadNote, wholeText } from './table.ts'
import { wrkNote } from './wrk-note.ts'

const columns: Readonly<Record<Column, { head: string; show(figure: Figure): string }>> = {
  callsPerSecond: { head: 'calls/s', show: wholeText },
  requestsPerSecond: { head: 'requests/s', show: wholeText },
  p50Ms: { head: 'p50 ms', show: hundredthsText },
  p99Ms: { head: 'p99 ms', show: hundredthsText },
  p999Ms: { head: 'p99.9 ms', show: ({ median }) => median.toFixed(2) },
  maxMs: { head: 'worst ms', show: ({ rounds }) => Math.max(...rounds).toFixed(0) },
}
const columnNames = Object.keys(columns) as Column[]

/** The results as Markdown tables, first with the limits of the machine, then with the processor time. */
export function tablesOf(results: Results, comparisons: Comparisons): string {
  const cellsOf = (figures: Figures) =>
    columnNames.map((name) => {
      const figure = figures[name]
      return figure === undefined ? '' : columns[name].show(figure)
    })
  const rows = [
    ...Object.entries(results.limits).map(([name, figures]) => [
      markedName(name, figures),
      ...cellsOf(figures),
      '',
    ]),
    ...Object.entries(results.workloads).map(([name, figures]) => {
      const comparison = comparisons[name]
      const last = comparison === undefined ? '' : compared(comparison, results, figures)
      return [markedName(name, figures), ...cellsOf(figures), last]
    }),
  ]
  const heads = ['workload', ...columnNames.map((name) => columns[name].head), 'of the limit']
  const { rounds } = results.residentMegabytes
  const memory = `Resident at the end: ${rounds.map(Math.round).join(', ')} MB.`
  return [
    markdownTable(heads, rows),
    '',
    memory,
    spreadNote(rounds.length),
    wrkNote(results),
    rulesNote(results),
    '',
    costTable(results),
  ].join('\n')
}

function compared({ limit, column, label }: Comparison, results: Results, workload: Figures): string {
  const figure = workload[column]!
  const against = results.limits[limit]![column]!
  if (column.endsWith('Ms')) return `${(figure.median - against.median).toFixed(2)} ms over ${label}`
  // The median of the ratios within each round. This cancels what varies from round to round.
  const ratio = median(figure.rounds.map((value, index) => value / against.rounds[index]!))
  return `${ratio.toFixed(2)} of ${label}`
}
