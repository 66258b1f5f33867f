import type { Millis } from '../../domain/time.ts'
import type { Later, TakesTurns } from './explain-rows.ts'

/** A step that took longer makes the next one shorter, and one that took much less makes it longer. */
const longMs: Millis = 5
const shortMs: Millis = 2
const rowsMin = 50
const rowsFirst = 250

/**
 * How many rows each step of a look reads, so that no step keeps others waiting for long. A row that nobody has read for a while
 * takes a hundred times as long as one in memory, so the time decides: that of the step itself, not that of others before it.
 */
export class StepSize {
  readonly #store: TakesTurns
  readonly #rowsMax: number
  #rows: number

  constructor(store: TakesTurns, rowsMax: number) {
    this.#store = store
    this.#rowsMax = rowsMax
    this.#rows = store.turnBegunAt === null ? rowsMax : Math.min(rowsFirst, rowsMax)
  }

  /** How many rows the next step reads at most. */
  get rows(): number {
    return this.#rows
  }

  async timed<Read>(step: () => Later<Read>): Promise<Read> {
    const read = await step()
    const { turnBegunAt } = this.#store
    if (turnBegunAt === null) return read
    const tookMs = performance.now() - turnBegunAt
    if (tookMs > longMs) this.#rows = Math.max(rowsMin, this.#rows >> 1)
    else if (tookMs < shortMs) this.#rows = Math.min(this.#rowsMax, this.#rows * 2)
    return read
  }
}
