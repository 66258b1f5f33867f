import type { Millis } from '../domain/time.ts'
import type { ClockSource } from './clock.ts'

/**
 * The store's time (rule 3.7): the wall clock, but never behind what it has shown before. When the wall clock is set
 * back, time goes on from where it was at its natural pace, so that locks neither last longer nor come back to life.
 *
 * The one number it has to remember, the lead of its time over the monotonic clock, lives in shared memory: every
 * thread that is given the same cell shows the same time. Only the thread that writes the database may call `now`
 * with the right to move it (`leads`); others only look.
 */
export class StoreClock {
  readonly cell: SharedArrayBuffer
  readonly #lead: Float64Array
  readonly #source: ClockSource
  readonly #leads: boolean

  /**
   * @param shown the latest time known to have been shown before this start; time goes on from there
   * @param cell given: follow the clock that owns this cell
   */
  constructor(source: ClockSource, shown: Millis, cell?: SharedArrayBuffer) {
    this.#source = source
    this.#leads = cell === undefined
    this.cell = cell ?? new SharedArrayBuffer(8)
    this.#lead = new Float64Array(this.cell)
    if (this.#leads) this.#lead[0] = Math.max(source.wallMs(), shown) - source.monotonicMs()
  }

  now(): Millis {
    const wall = this.#source.wallMs()
    const monotonic = this.#source.monotonicMs()
    const floor = this.#lead[0]! + monotonic
    if (wall <= floor) return Math.floor(floor)
    if (this.#leads) this.#lead[0] = wall - monotonic
    return Math.floor(wall)
  }
}
