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
  callsPerSecond: { head: 'calls/s', show: whole },
  requestsPerSecond: { head: 'requests/s', show: whole },
  p50Ms: { head: 'p50 ms', show: hundredths },
  p99Ms: { head: 'p99 ms', show: hundredths },
  p999Ms: { head: 'p99.9 ms', show: hundredths },
  maxMs: { head: 'worst ms', show: ({ rounds }) => Math.max(...rounds).toFixed(0) },
}
const columnNames = Object.keys(columns) as Column[]

export function measuredOf(load: MeasurementResult): Required<Measured> {
  const { p50Ms, p99Ms, p999Ms, maxMs } = load
  return { ...ratesOf(load), p50Ms, p99Ms, p999Ms, maxMs }
}

export function ratesOf({ calls, requests, seconds }: MeasurementResult) {
  return { callsPerSecond: calls / seconds, requestsPerSecond: requests / seconds }
}

export function resultsOf(rounds: readonly RoundFigures[]): Results {
  return {
    limits: figuresOf(rounds.map(({ limits }) => limits)),
    workloads: figuresOf(rounds.map(({ workloads }) => workloads)),
    residentMegabytes: figureOf(rounds.map(({ residentBytes }) => residentBytes / 1e6)),
  }
}

function figuresOf(rounds: readonly Readonly<Record<string, Measured>>[]): Record<string, Figures> {
  const rows = Object.entries(rounds[0]!).map(([row, first]) => {
    const names = Object.keys(first) as Column[]
    return [
      row,
      Object.fromEntries(names.map((name) => [name, figureOf(rounds.map((round) => round[row]![name]!))])),
    ]
  })
  return Object.fromEntries(rows)
}

function figureOf(values: readonly number[]): Figure {
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
  const memory = `Resident at the end: ${results.residentMegabytes.rounds.map(Math.round).join(', ')} MB.`
  return [markdownTable(heads, rows), '', memory].join('\n')
}

/** Columns of numbers but for the first one, each as wide as its widest cell. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(heads), rule, ...rows.map(line)].join('\n')
}

function whole(figure: Figure): string {
  return `${Math.round(figure.median).toLocaleString('en')} ±${Math.round(spread(figure.rounds) * 100)}%`
}

function hundredths(figure: Figure): string {
  return figure.median.toFixed(2)
}
