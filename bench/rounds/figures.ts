import type { MeasurementResult } from '../load/measurement.ts'
import type { Cost, Part } from '../machine/cost.ts'
import { disturbanceOf, idleShareOf, othersShareOf } from '../machine/disturbance.ts'
import { median } from './statistics.ts'
import type { Accepted } from './takes.ts'

/** What is measured of a load. */
export type Column = 'callsPerSecond' | 'requestsPerSecond' | 'p50Ms' | 'p99Ms' | 'p999Ms' | 'maxMs'

/**
 * The costs of a load: processor time a call, how busy each part was (1: one core all the time), and the
 * shares of the machine that were idle and that others used. Also how often it was measured, and whether it
 * was disturbed in the end (1). For a row of wrk: the rate of the benchmark's own load on the same process
 * right before, as a multiple of that of wrk.
 */
export type CostColumn =
  | `${Part}Micros`
  | `${Part}Busy`
  | 'idleShare'
  | 'othersShare'
  | 'takes'
  | 'disturbed'
  | 'ownOverWrk'

/** The result of one round for a limit or a workload, by column. */
export type Measured = Readonly<Partial<Record<Column | CostColumn, number>>>

export interface RoundFigures {
  readonly limits: Readonly<Record<string, Measured>>
  readonly workloads: Readonly<Record<string, Measured>>
  readonly residentBytes: number
}

/** A figure over all rounds: the median and the value of each round. */
export interface Figure {
  readonly median: number
  readonly rounds: readonly number[]
}

export type Figures = Readonly<Partial<Record<Column | CostColumn, Figure>>>

export interface Results {
  readonly limits: Readonly<Record<string, Figures>>
  readonly workloads: Readonly<Record<string, Figures>>
  readonly residentMegabytes: Figure
}

/** Everything known about a load. */
export function measuredOf({ load, cost, takes }: Accepted): Measured {
  return { ...ratesAndLatenciesOf(load), ...costsOf(load, cost, takes) }
}

/** Like `measuredOf`, without latencies. */
export function ratesAndCostsOf({ load, cost, takes }: Accepted): Measured {
  return { ...ratesOf(load), ...costsOf(load, cost, takes) }
}

export function ratesAndLatenciesOf(load: MeasurementResult): Required<Pick<Measured, Column>> {
  const { p50Ms, p99Ms, p999Ms, maxMs } = load
  return { ...ratesOf(load), p50Ms, p99Ms, p999Ms, maxMs }
}

export function ratesOf({ calls, requests, seconds }: MeasurementResult) {
  return { callsPerSecond: calls / seconds, requestsPerSecond: requests / seconds }
}

function costsOf(load: MeasurementResult, cost: Cost | null, takes: number): Measured {
  if (cost === null) return {}
  const { callsPerSecond } = ratesOf(load)
  const busy = (part: Part) => cost.partMs[part] / cost.wallMs
  const micros = (part: Part) => (busy(part) / callsPerSecond) * 1e6
  return {
    httpMicros: micros('http'),
    storageMicros: micros('storage'),
    helpersMicros: micros('helpers'),
    loadMicros: micros('load'),
    httpBusy: busy('http'),
    storageBusy: busy('storage'),
    helpersBusy: busy('helpers'),
    loadBusy: cost.busiestLoadMs / cost.wallMs,
    idleShare: idleShareOf(cost),
    othersShare: othersShareOf(cost),
    takes,
    disturbed: disturbanceOf(cost) === null ? 0 : 1,
  }
}

/** @param rounds at least one; all with the same rows */
export function resultsOf(rounds: readonly RoundFigures[]): Results {
  return {
    limits: figuresOf(rounds.map(({ limits }) => limits)),
    workloads: figuresOf(rounds.map(({ workloads }) => workloads)),
    residentMegabytes: figureOf(rounds.map(({ residentBytes }) => residentBytes / 1e6)),
  }
}

/** Figures by row, from the rows of each round. */
export function figuresOf(
  rounds: readonly Readonly<Record<string, Measured>>[],
): Readonly<Record<string, Figures>> {
  const rows = Object.entries(rounds[0]!).map(([row, first]) => {
    const names = Object.keys(first) as (keyof Measured)[]
    return [
      row,
      Object.fromEntries(names.map((name) => [name, figureOf(rounds.map((round) => round[row]![name]!))])),
    ]
  })
  return Object.fromEntries(rows)
}

/** @param values one for each round, at least one */
export function figureOf(values: readonly number[]): Figure {
  return { median: median(values), rounds: values }
}
