import type { FigureDefinition, FigureName, HistogramDefinition } from './catalogue.ts'
import { cellsPerThread, figurePlaces } from './layout.ts'

type Labels = Readonly<Record<string, string>>

export interface NumberReading {
  readonly kind: 'counter' | 'gauge'
  readonly name: FigureName
  readonly help: string
  readonly labels: Labels
  readonly value: number
}

export interface HistogramReading {
  readonly kind: 'histogram'
  readonly name: FigureName
  readonly help: string
  readonly labels: Labels
  readonly bounds: readonly number[]
  /**
   * The number of values above the previous bound and up to this one. The last one counts values above all
   * bounds.
   */
  readonly counts: readonly number[]
  readonly sum: number
}

export type FigureReading = NumberReading | HistogramReading

/** A route that is counted. Its place in a list is its number. */
export interface CountedRoute {
  readonly method: string
  readonly route: string
}

/**
 * The sum of what all threads have counted so far, in the order of the catalogue. It may run in any thread.
 * Routes that had no call are left out.
 *
 * @param routes what the numbers of the label `route` stand for. A number that is not there stays as it is
 */
export function readFigures(
  memory: SharedArrayBuffer,
  routes: readonly CountedRoute[] = [],
): FigureReading[] {
  return readingsOf(sumsOf(memory), routes)
}

/** The sums of the cells of all threads. */
export function sumsOf(memory: SharedArrayBuffer): Float64Array {
  const cells = new Float64Array(memory)
  const sums = new Float64Array(cellsPerThread)
  for (let first = 0; first < cells.length; first += cellsPerThread) {
    for (let cell = 0; cell < cellsPerThread; cell++) sums[cell]! += cells[first + cell]!
  }
  return sums
}

/** What these sums say, as `readFigures`. */
export function readingsOf(sums: Float64Array, routes: readonly CountedRoute[]): FigureReading[] {
  return figurePlaces.flatMap(({ name, definition, firstCell, combinations, cellsEach }): FigureReading[] =>
    combinations.flatMap((combination, index): FigureReading[] => {
      const start = firstCell + index * cellsEach
      const reading = readingOf(name, definition, sums.subarray(start, start + cellsEach))
      if (combination['route'] === undefined) return [{ ...reading, labels: combination }]
      if (!hasCounted(reading)) return []
      const { route, ...others } = combination
      return [{ ...reading, labels: { ...(routes[Number(route)] ?? { route }), ...others } }]
    }),
  )
}

function readingOf(
  name: FigureName,
  definition: FigureDefinition,
  cells: Float64Array,
): Omit<NumberReading, 'labels'> | Omit<HistogramReading, 'labels'> {
  const { kind, help } = definition
  if (kind !== 'histogram') return { kind, name, help, value: cells[0]! }
  const { bounds } = definition as HistogramDefinition
  return { kind, name, help, bounds, counts: [...cells.subarray(0, -1)], sum: cells.at(-1)! }
}

function hasCounted(reading: Omit<NumberReading, 'labels'> | Omit<HistogramReading, 'labels'>): boolean {
  return reading.kind === 'histogram' ? reading.counts.some((count) => count > 0) : reading.value > 0
}
