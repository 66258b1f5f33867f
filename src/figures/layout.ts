import { catalogue, type FigureDefinition, type FigureName } from './catalogue.ts'

/**
 * Where a thread keeps a figure. A histogram has a cell for each bound, one for larger values, and one for
 * the sum.
 */
interface Place {
  readonly name: FigureName
  readonly definition: FigureDefinition
  readonly firstCell: number
  /** For a counter: every combination of its labels. Each has one cell, in this order. */
  readonly combinations: readonly Readonly<Record<string, string>>[]
}

/** Cells of two threads never share a cache line, because threads that share one slow each other down. */
const cellsPerCacheLine = 8

const places: ReadonlyMap<FigureName, Place> = placed()

/** The figures in the order of the catalogue. */
export const figurePlaces: readonly Place[] = [...places.values()]
export const cellsPerThread = Math.ceil(cellCount(figurePlaces) / cellsPerCacheLine) * cellsPerCacheLine

export function placeOfFigure(name: FigureName): Place {
  return places.get(name)!
}

function placed(): Map<FigureName, Place> {
  const found = new Map<FigureName, Place>()
  for (const [name, definition] of Object.entries(catalogue) as [FigureName, FigureDefinition][]) {
    const combinations = definition.kind === 'counter' ? combinationsOf(definition.labels ?? {}) : []
    found.set(name, { name, definition, firstCell: cellCount([...found.values()]), combinations })
  }
  return found
}

function cellCount(some: readonly Place[]): number {
  return some.reduce(
    (sum, { definition, combinations }) =>
      sum + (definition.kind === 'counter' ? combinations.length : definition.bounds.length + 2),
    0,
  )
}

function combinationsOf(labels: Readonly<Record<string, readonly string[]>>): Record<string, string>[] {
  return Object.entries(labels).reduce<Record<string, string>[]>(
    (some, [label, values]) =>
      some.flatMap((combination) => values.map((value) => ({ ...combination, [label]: value }))),
    [{}],
  )
}
