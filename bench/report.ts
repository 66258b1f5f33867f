import type { LoadResult } from './load/messages.ts'
import { median, spread } from './statistics.ts'
import type { RoundFigures } from './workloads.ts'

/** A figure of all rounds: its median, and each round's. */
export interface Figure {
  readonly median: number
  readonly rounds: readonly number[]
}

export interface WorkloadFigures {
  readonly callsPerSecond: Figure
  readonly requestsPerSecond: Figure
  readonly p50Ms: Figure
  readonly p99Ms: Figure
  readonly p999Ms: Figure
  readonly maxMs: Figure
}

export interface Results {
  readonly limits: {
    readonly echoCallsPerSecond: Figure
    readonly echoGetCallsPerSecond: Figure
    readonly storeRowsPerSecond: Figure
    readonly fdatasyncMs: Figure
  }
  readonly workloads: Readonly<Record<string, WorkloadFigures>>
  readonly residentMegabytes: Figure
}

export function resultsOf(rounds: readonly RoundFigures[]): Results {
  const figure = (of: (round: RoundFigures) => number): Figure => {
    const values = rounds.map(of)
    return { median: median(values), rounds: values }
  }
  const names = Object.keys(rounds[0]!.workloads)
  const workloads = names.map((name): [string, WorkloadFigures] => {
    const ofLoad = (of: (load: LoadResult) => number) => figure((round) => of(round.workloads[name]!))
    return [
      name,
      {
        callsPerSecond: ofLoad(callsPerSecond),
        requestsPerSecond: ofLoad((load) => load.requests / load.seconds),
        p50Ms: ofLoad((load) => load.p50Ms),
        p99Ms: ofLoad((load) => load.p99Ms),
        p999Ms: ofLoad((load) => load.p999Ms),
        maxMs: ofLoad((load) => load.maxMs),
      },
    ]
  })
  return {
    limits: {
      echoCallsPerSecond: figure((round) => callsPerSecond(round.echoAdd)),
      echoGetCallsPerSecond: figure((round) => callsPerSecond(round.echoGet)),
      storeRowsPerSecond: figure((round) => round.storeRowsPerSecond),
      fdatasyncMs: figure((round) => round.fdatasyncMs),
    },
    workloads: Object.fromEntries(workloads),
    residentMegabytes: figure((round) => round.residentBytes / 1e6),
  }
}

function callsPerSecond(load: LoadResult): number {
  return load.calls / load.seconds
}

/** Which limit a workload is held against, and in which unit. */
const comparisons: Readonly<Record<string, (results: Results, figures: WorkloadFigures) => string>> = {
  'single add': (results, figures) => ofEcho(results.limits.echoCallsPerSecond, figures.callsPerSecond),
  'single add, half known': (results, figures) =>
    ofEcho(results.limits.echoCallsPerSecond, figures.callsPerSecond),
  'mark handled': (results, figures) => ofEcho(results.limits.echoCallsPerSecond, figures.callsPerSecond),
  'get request': (results, figures) => ofEcho(results.limits.echoGetCallsPerSecond, figures.callsPerSecond),
  prolong: (results, figures) => ofEcho(results.limits.echoGetCallsPerSecond, figures.callsPerSecond),
  'drain, 8 clients': (results, figures) =>
    ofEcho(results.limits.echoCallsPerSecond, figures.requestsPerSecond),
  'drain, 8 clients, one call each': (results, figures) =>
    ofEcho(results.limits.echoCallsPerSecond, figures.requestsPerSecond),
  'batch add of 25': (results, figures) =>
    `${ratio(figures.requestsPerSecond, results.limits.storeRowsPerSecond)} of (b)`,
  'single add, lone client': (results, figures) =>
    `${(figures.p50Ms.median - results.limits.fdatasyncMs.median).toFixed(2)} ms over (c)`,
}

function ofEcho(limit: Figure, figure: Figure): string {
  return `${ratio(figure, limit)} of (a)`
}

/** The median of the ratios within each round: what one round and the next have in common cancels out. */
function ratio(figure: Figure, limit: Figure): string {
  return median(figure.rounds.map((value, index) => value / limit.rounds[index]!)).toFixed(2)
}

/** A Markdown table, with the limits of the machine first. */
export function tableOf(results: Results): string {
  const { limits } = results
  const rows = [
    ['limit (a): bare node:http, add', whole(limits.echoCallsPerSecond), '', '', '', '', '', ''],
    ['limit (a): bare node:http, get', whole(limits.echoGetCallsPerSecond), '', '', '', '', '', ''],
    ['limit (b): SQLite alone, rows', '', whole(limits.storeRowsPerSecond), '', '', '', '', ''],
    ['limit (c): one fdatasync', '', '', `${limits.fdatasyncMs.median.toFixed(2)}`, '', '', '', ''],
    ...Object.entries(results.workloads).map(([name, figures]) => [
      name,
      whole(figures.callsPerSecond),
      whole(figures.requestsPerSecond),
      figures.p50Ms.median.toFixed(2),
      figures.p99Ms.median.toFixed(2),
      figures.p999Ms.median.toFixed(2),
      Math.max(...figures.maxMs.rounds).toFixed(0),
      comparisons[name]?.(results, figures) ?? '',
    ]),
  ]
  const heads = [
    'workload',
    'calls/s',
    'requests/s',
    'p50 ms',
    'p99 ms',
    'p99.9 ms',
    'worst ms',
    'of the limit',
  ]
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  const memory = `Resident at the end: ${results.residentMegabytes.rounds.map(Math.round).join(', ')} MB.`
  return [line(heads), rule, ...rows.map(line), '', memory].join('\n')
}

function whole(figure: Figure): string {
  return `${Math.round(figure.median).toLocaleString('en')} ±${Math.round(spread(figure.rounds) * 100)}%`
}
