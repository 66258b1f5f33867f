import type { CounterName, HistogramDefinition, HistogramName, LabelsOf } from './catalogue.ts'
import { cellsPerThread, placeOfFigure } from './layout.ts'

/** A thread's part of the memory that all threads of a server count in; it may be sent to another thread. */
export interface FigureShare {
  readonly memory: SharedArrayBuffer
  /** No two threads that are alive have the same one. */
  readonly thread: number
}

/** Memory for so many threads to count in. */
export function figureMemory(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer(threads * cellsPerThread * Float64Array.BYTES_PER_ELEMENT)
}

/**
 * What one thread counts. Counting costs an addition, because nobody else writes to the cells of the thread; who reads them from
 * another thread may miss what was counted just now, and never sees half of a number on a 64-bit machine.
 */
export class Figures {
  readonly #cells: Float64Array

  /** @param share left out: memory that nobody else reads, for parts that are used on their own */
  constructor(share: FigureShare = { memory: figureMemory(1), thread: 0 }) {
    const firstByte = share.thread * cellsPerThread * Float64Array.BYTES_PER_ELEMENT
    this.#cells = new Float64Array(share.memory, firstByte, cellsPerThread)
  }

  /** To be looked up once, and counted on often. */
  counter<Name extends CounterName>(name: Name, labels: LabelsOf<Name>): Counter {
    const { firstCell, combinations } = placeOfFigure(name)
    const wanted: Readonly<Record<string, string>> = labels
    const index = combinations.findIndex((combination) =>
      Object.entries(combination).every(([label, value]) => wanted[label] === value),
    )
    return new Counter(this.#cells, firstCell + index)
  }

  /** To be looked up once, and observed with often. */
  histogram(name: HistogramName): Histogram {
    const { firstCell, definition } = placeOfFigure(name)
    return new Histogram(this.#cells, firstCell, (definition as HistogramDefinition).bounds)
  }
}

export class Counter {
  readonly #cells: Float64Array
  readonly #cell: number

  constructor(cells: Float64Array, cell: number) {
    this.#cells = cells
    this.#cell = cell
  }

  add(count = 1): void {
    this.#cells[this.#cell]! += count
  }
}

export class Histogram {
  readonly #cells: Float64Array
  readonly #firstCell: number
  readonly #bounds: readonly number[]

  constructor(cells: Float64Array, firstCell: number, bounds: readonly number[]) {
    this.#cells = cells
    this.#firstCell = firstCell
    this.#bounds = bounds
  }

  /** @param value in the unit of the figure; one that is equal to a bound counts up to it */
  observe(value: number): void {
    let index = 0
    while (index < this.#bounds.length && value > this.#bounds[index]!) index++
    this.#cells[this.#firstCell + index]! += 1
    this.#cells[this.#firstCell + this.#bounds.length + 1]! += value
  }
}
