import type { CounterName, GaugeName, HistogramDefinition, HistogramName, LabelsOf } from './catalogue.ts'
import { cellOf, cellsPerThread, placeOfFigure } from './layout.ts'

/** A thread's part of the memory in which all threads count. It may be sent to another thread. */
export interface FigureShare {
  readonly memory: SharedArrayBuffer
  /** The number of the thread. No two running threads have the same one. */
  readonly thread: number
}

/** Memory for this many threads. */
export function figureMemory(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer(threads * cellsPerThread * Float64Array.BYTES_PER_ELEMENT)
}

/**
 * The counts of one thread. Counting costs one addition, because no other thread writes to its cells. A
 * reader in another thread may miss the latest counts, but never sees half of a number on a 64-bit machine.
 */
export class Figures {
  readonly #cells: Float64Array

  /** @param share by default, memory that nobody else reads, for parts that are used alone */
  constructor(share: FigureShare = { memory: figureMemory(1), thread: 0 }) {
    const firstByte = share.thread * cellsPerThread * Float64Array.BYTES_PER_ELEMENT
    this.#cells = new Float64Array(share.memory, firstByte, cellsPerThread)
  }

  /** Look it up once, and keep it for counting. */
  counter<Name extends CounterName>(name: Name, labels: LabelsOf<Name>): Counter {
    return new Counter(this.#cells, cellOf(name, labels))
  }

  /** Look it up once, and keep it for setting. */
  gauge<Name extends GaugeName>(name: Name, labels: LabelsOf<Name>): Gauge {
    return new Gauge(this.#cells, cellOf(name, labels))
  }

  /** Look it up once, and keep it for observing. */
  histogram<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>): Histogram {
    const { bounds } = placeOfFigure(name).definition as HistogramDefinition
    return new Histogram(this.#cells, cellOf(name, labels), bounds)
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

export class Gauge {
  readonly #cells: Float64Array
  readonly #cell: number

  constructor(cells: Float64Array, cell: number) {
    this.#cells = cells
    this.#cell = cell
  }

  /** @param value the part of this thread */
  set(value: number): void {
    this.#cells[this.#cell] = value
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

  /** @param value in the unit of the figure; a value equal to a bound is counted under that bound */
  observe(value: number): void {
    let index = 0
    while (index < this.#bounds.length && value > this.#bounds[index]!) index++
    this.#cells[this.#firstCell + index]! += 1
    this.#cells[this.#firstCell + this.#bounds.length + 1]! += value
  }
}
