import type { FigureName, HistogramDefinition } from './catalogue.ts'
import { cellsPerThread, figurePlaces } from './layout.ts'

export interface CounterReading {
  readonly kind: 'counter'
  readonly name: FigureName
  readonly help: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface HistogramReading {
  readonly kind: 'histogram'
  readonly name: FigureName
  readonly help: string
  readonly bounds: readonly number[]
  /**
   * The number of values above the previous bound and up to this one. The last one counts values above all
   * bounds.
   */
  readonly counts: readonly number[]
  readonly sum: number
}

export type FigureReading = CounterReading | HistogramReading

/**
 * The sum of what all threads have counted so far, in the order of the catalogue. It may run in any thread.
 */
export function readFigures(memory: SharedArrayBuffer): FigureReading[] {
  const sums = summed(new Float64Array(memory))
  return figurePlaces.flatMap(({ name, definition, firstCell, combinations }): FigureReading[] => {
    const { kind, help } = definition
    if (kind === 'counter') {
      return combinations.map((labels, index) => ({
        kind,
        name,
        help,
        labels,
        value: sums[firstCell + index]!,
      }))
    }
    const { bounds } = definition as HistogramDefinition
    const sumCell = firstCell + bounds.length + 1
    return [{ kind, name, help, bounds, counts: [...sums.subarray(firstCell, sumCell)], sum: sums[sumCell]! }]
  })
}

function summed(cells: Float64Array): Float64Array {
  const sums = new Float64Array(cellsPerThread)
  for (const [index, value] of cells.entries()) sums[index % cellsPerThread]! += value
  return sums
}
