import { type Millis, toIso } from '../../domain/time.ts'
import type { FigureWindow } from '../../figures/figure-window.ts'
import { quantileOf } from '../../figures/quantile.ts'
import {
  type CountedRoute,
  type FigureReading,
  type HistogramReading,
  type NumberReading,
  readFigures,
  readingsOf,
} from '../../figures/read.ts'
import type { Token } from '../../store/params/accounts.ts'
import type { StoreState } from '../../store/params/state.ts'
import type { Store } from '../../store/store.ts'

export interface ServerStateParts {
  readonly store: Pick<Store, 'inspectStore' | 'listTokens'>
  readonly version: string
  readonly startedAt: Millis
  readonly threads: number
  /** Where all threads count. */
  readonly memory: SharedArrayBuffer
  readonly routes: readonly CountedRoute[]
  readonly window: FigureWindow
  wallMs(): Millis
}

/** How the server is: what people look at before they look at single queues. */
export class ServerState {
  readonly #parts: ServerStateParts

  constructor(parts: ServerStateParts) {
    this.#parts = parts
  }

  /**
   * What all threads of this server have done. Shares and rates are of the last minute.
   *
   * @param userId whose tokens are listed. Null: none are
   */
  async read(userId: string | null) {
    const { store, version, startedAt, threads, memory, routes, window, wallMs } = this.#parts
    const [state, tokens] = await Promise.all([
      store.inspectStore(),
      userId === null ? [] : store.listTokens(),
    ])
    const all = readFigures(memory, routes)
    const { sums, secs } = window.recent()
    const recent = readingsOf(sums, routes)
    const now = wallMs()
    return {
      version,
      node: process.version,
      startedAt: toIso(startedAt),
      uptimeSecs: Math.max(0, Math.floor((now - startedAt) / 1000)),
      processes: [
        { pid: process.pid, threads, residentBytes: process.memoryUsage.rss(), heapBytes: heapOf(all) },
      ],
      connections: numberIn(all, 'connections'),
      store: storeOf(state, all),
      disk: state.disk,
      recentSecs: rounded(secs),
      routes: routesOf(all, recent, secs),
      commits: commitsOf(recent, secs),
      fsync: state.kind === 'sqlite' ? spreadOf(histogramIn(recent, 'syncMs')) : null,
      eventLoopDelayMs: delayOf(histogramIn(recent, 'eventLoopDelayMs')),
      tokens: tokens.filter((token) => token.userId === userId).map(tokenOf),
    }
  }
}

function storeOf({ kind, version, sizeBytes, walBytes }: StoreState, all: readonly FigureReading[]) {
  if (kind === 'sqlite') return { kind, version, sizeBytes, walBytes }
  const connections = (state: string) => numberIn(all, 'poolConnections', state)
  const pool = { busy: connections('busy'), idle: connections('idle'), waiting: numberIn(all, 'poolWaiting') }
  return { kind, version, sizeBytes, pool }
}

/** The busiest first. */
function routesOf(all: readonly FigureReading[], recent: readonly FigureReading[], secs: number) {
  const recentOf = Map.groupBy(callsIn(recent), routeOf)
  const rows = [...Map.groupBy(callsIn(all), routeOf)].map(([route, readings]) => {
    const now = recentOf.get(route) ?? []
    return {
      route,
      calls: countOf(readings),
      errors: countOf(readings.filter(({ labels }) => labels['status'] === '5xx')),
      perSec: rounded(countOf(now) / secs),
      ...spreadOf(mergedOf(now)),
    }
  })
  return rows.sort((a, b) => b.calls - a.calls)
}

function commitsOf(recent: readonly FigureReading[], secs: number) {
  const commits = histogramIn(recent, 'commitMs')
  const count = countOf([commits])
  const { sum: calls } = histogramIn(recent, 'transactionCalls')
  return {
    perSec: rounded(count / secs),
    ...spreadOf(commits),
    callsPerCommit: count === 0 ? null : rounded(calls / count),
  }
}

function delayOf(delay: HistogramReading) {
  const { p50Ms: p50, p99Ms: p99 } = spreadOf(delay)
  return { p50, p99 }
}

type Spread = Pick<HistogramReading, 'bounds' | 'counts'>

/** Null if there were none. */
function spreadOf(spread: Spread): { readonly p50Ms: number | null; readonly p99Ms: number | null } {
  const quantile = (share: number) => {
    const value = quantileOf(spread, share)
    return value === null ? null : rounded(value)
  }
  return { p50Ms: quantile(0.5), p99Ms: quantile(0.99) }
}

/** Histograms with the same bounds, as one. */
function mergedOf(readings: readonly HistogramReading[]): Spread {
  const [first] = readings
  if (first === undefined) return { bounds: [0], counts: [] }
  const counts = first.counts.map((_, index) =>
    readings.reduce((sum, reading) => sum + reading.counts[index]!, 0),
  )
  return { bounds: first.bounds, counts }
}

function callsIn(readings: readonly FigureReading[]): HistogramReading[] {
  return readings.filter(
    (reading): reading is HistogramReading => reading.kind === 'histogram' && reading.name === 'callMs',
  )
}

function routeOf({ labels }: HistogramReading): string {
  return labels['route'] === 'none' ? 'none' : `${labels['method']} ${labels['route']}`
}

function countOf(readings: readonly Spread[]): number {
  return readings.flatMap(({ counts }) => counts).reduce((sum, count) => sum + count, 0)
}

function histogramIn(readings: readonly FigureReading[], name: HistogramReading['name']): HistogramReading {
  return readings.find((reading): reading is HistogramReading => reading.name === name)!
}

/** @param label the value of its label. Without it, the sum of all */
function numberIn(readings: readonly FigureReading[], name: NumberReading['name'], label?: string): number {
  return readings
    .filter((reading): reading is NumberReading => reading.name === name && reading.kind !== 'histogram')
    .filter(({ labels }) => label === undefined || Object.values(labels).includes(label))
    .reduce((sum, { value }) => sum + value, 0)
}

function heapOf(all: readonly FigureReading[]): number {
  return numberIn(all, 'heapBytes')
}

/** Never the hash. */
function tokenOf({ id, label, readOnly, runId, createdAt }: Token) {
  return { id, name: label, readOnly, runId, createdAt: toIso(createdAt) }
}

/** To thousandths. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
