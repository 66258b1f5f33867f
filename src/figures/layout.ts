import { catalogue, type FigureDefinition, type FigureName } from './catalogue.ts'

/** Where a thread keeps a figure. */
interface Place {
  readonly name: FigureName
  readonly definition: FigureDefinition
  readonly firstCell: number
  /** Every combination of its labels, in the order of their cells. A figure without labels has one. */
  readonly combinations: readonly Readonly<Record<string, string>>[]
  /**
   * The cells of each combination. A histogram has one for each bound, one for larger values, and one for the
   * sum.
   */
  readonly cellsEach: number
}

/** Cells of two threads never share a cache line, because threads that share one slow each other down. */
const cellsPerCacheLine = 8

const places: ReadonlyMap<FigureName, Place> = placed()

/** The figures in the order of the catalogue. */
export const figurePlaces: readonly Place[] = [...places.values()]
export const cellsPerThread = Math.ceil(endOf(figurePlaces) / cellsPerCacheLine) * cellsPerCacheLine

export function placeOfFigure(name: FigureName): Place {
  return places.get(name)!
}

/** The first cell of the combination of these labels. */
export function cellOf(name: FigureName, labels: Readonly<Record<string, string>>): number {
  const { firstCell, definition, cellsEach } = placeOfFigure(name)
  let index = 0
  for (const [label, values] of Object.entries(definition.labels ?? {})) {
    index = index * values.length + values.indexOf(labels[label]!)
  }
  return firstCell + index * cellsEach
}

function placed(): Map<FigureName, Place> {
  const found = new Map<FigureName, Place>()
  for (const [name, definition] of Object.entries(catalogue) as [FigureName, FigureDefinition][]) {
    const combinations = combinationsOf(definition.labels ?? {})
    const cellsEach = definition.kind === 'histogram' ? definition.bounds.length + 2 : 1
    const firstCell = endOf([...found.values()])
    found.set(name, { name, definition, firstCell, combinations, cellsEach })
  }
  return found
}

/** The cell behind the last one of these places. */
function endOf(some: readonly Place[]): number {
  return some.reduce((sum, { combinations, cellsEach }) => sum + combinations.length * cellsEach, 0)
}

function combinationsOf(labels: Readonly<Record<string, readonly string[]>>): Record<string, string>[] {
  return Object.entries(labels).reduce<Record<string, string>[]>(
    (some, [label, values]) =>
      some.flatMap((combination) => values.map((value) => ({ ...combination, [label]: value }))),
    [{}],
  )
}
