import type { Comparison, Comparisons } from './comparisons.ts'
import type { MeasurementResult } from './load/measurement.ts'
import { median, spread } from './statistics.ts'

export type Column = 'callsPerSecond' | 'requestsPerSecond' | 'p50Ms' | 'p99Ms' | 'p999Ms' | 'maxMs'

/** What one round found out of a limit or a workload: the columns of the table that it has. */
export type Measured = Readonly<Partial<Record<Column, number>>>

export interface RoundFigures {
  readonly limits: Readonly<Record<string, Measured>>
  readonly workloads: Readonly<Record<string, Measured>>
  readonly residentBytes: number
}

/** A figure of all rounds: its median, and each round's. */
export interface Figure {
  readonly median: number
  readonly rounds: readonly number[]
}

export type Figures = Readonly<Partial<Record<Column, Figure>>>

export interface Results {
  readonly limits: Readonly<Record<string, Figures>>
  readonly workloads: Readonly<Record<string, Figures>>
  readonly residentMegabytes: Figure
}

const columns: Readonly<Record<Column, { head: string; show(figure: Figure): string }>> = {
  callsPerSecond: { head: 'calls/s', show: wholeText },
  requestsPerSecond: { head: 'requests/s', show: wholeText },
  p50Ms: { head: 'p50 ms', show: hundredthsText },
  p99Ms: { head: 'p99 ms', show: hundredthsText },
  p999Ms: { head: 'p99.9 ms', show: ({ median }) => median.toFixed(2) },
  maxMs: { head: 'worst ms', show: ({ rounds }) => Math.max(...rounds).toFixed(0) },
}
const columnNames = Object.keys(columns) as Column[]

/** All columns that a load has. */
export function measuredOf(load: MeasurementResult): Required<Measured> {
  const { p50Ms, p99Ms, p999Ms, maxMs } = load
  return { ...ratesOf(load), p50Ms, p99Ms, p999Ms, maxMs }
}

/** The columns that do not tell how long calls took. */
export function ratesOf({ calls, requests, seconds }: MeasurementResult) {
  return { callsPerSecond: calls / seconds, requestsPerSecond: requests / seconds }
}

/** Of some rounds, at least one, which all measured the same. */
export function resultsOf(rounds: readonly RoundFigures[]): Results {
  return {
    limits: figuresOf(rounds.map(({ limits }) => limits)),
    workloads: figuresOf(rounds.map(({ workloads }) => workloads)),
    residentMegabytes: figureOf(rounds.map(({ residentBytes }) => residentBytes / 1e6)),
  }
}

/** By row, from what each round has in it. */
export function figuresOf(
  rounds: readonly Readonly<Record<string, Measured>>[],
): Readonly<Record<string, Figures>> {
  const rows = Object.entries(rounds[0]!).map(([row, first]) => {
    const names = Object.keys(first) as Column[]
    return [
      row,
      Object.fromEntries(names.map((name) => [name, figureOf(rounds.map((round) => round[row]![name]!))])),
    ]
  })
  return Object.fromEntries(rows)
}

/** @param values of each round, at least one */
export function figureOf(values: readonly number[]): Figure {
  return { median: median(values), rounds: values }
}

function compared({ limit, column, label }: Comparison, results: Results, workload: Figures): string {
  const figure = workload[column]!
  const against = results.limits[limit]![column]!
  if (column.endsWith('Ms')) return `${(figure.median - against.median).toFixed(2)} ms over ${label}`
  // The median of the ratios within each round: what one round and the next have in common cancels out.
  const ratio = median(figure.rounds.map((value, index) => value / against.rounds[index]!))
  return `${ratio.toFixed(2)} of ${label}`
}

/** A Markdown table, with the limits of the machine first. */
export function tableOf(results: Results, comparisons: Comparisons): string {
  const cellsOf = (figures: Figures) =>
    columnNames.map((name) => {
      const figure = figures[name]
      return figure === undefined ? '' : columns[name].show(figure)
    })
  const rows = [
    ...Object.entries(results.limits).map(([name, figures]) => [name, ...cellsOf(figures), '']),
    ...Object.entries(results.workloads).map(([name, figures]) => {
      const comparison = comparisons[name]
      const last = comparison === undefined ? '' : compared(comparison, results, figures)
      return [name, ...cellsOf(figures), last]
    }),
  ]
  const heads = ['workload', ...columnNames.map((name) => columns[name].head), 'of the limit']
  const { rounds } = results.residentMegabytes
  const memory = `Resident at the end: ${rounds.map(Math.round).join(', ')} MB.`
  return [markdownTable(heads, rows), '', memory, spreadNote(rounds.length)].join('\n')
}

/** Columns of numbers but for the first one, each as wide as its widest cell. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(heads), rule, ...rows.map(line)].join('\n')
}

/** A rate: `12,345 ±6%`. */
export function wholeText(figure: Figure): string {
  return Math.round(figure.median).toLocaleString('en') + spreadText(figure)
}

/** A time: `0.18 ±12%`. */
export function hundredthsText(figure: Figure): string {
  return figure.median.toFixed(2) + spreadText(figure)
}

/** Nothing where there was one round only. */
function spreadText({ rounds }: Figure): string {
  return rounds.length < 2 ? '' : ` ±${Math.round(spread(rounds) * 100)}%`
}

/** What the tables mean by ±, in a line to follow them. */
export function spreadNote(rounds: number): string {
  if (rounds < 2) return 'One round: how far figures spread is not known.'
  return (
    'Medians of the rounds; ± is half the distance between the lowest and the highest of them. ' +
    'The results file has every round of every figure.'
  )
}
