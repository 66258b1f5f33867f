import type { Millis } from '../domain/time.ts'
import type { ClockSource } from './clock.ts'

/**
 * The store's time (rule 3.7): the wall clock, but never behind a time it has already returned. If the wall
 * clock is set back, time continues from where it was, at its natural pace. So locks neither last longer nor
 * come back to life.
 *
 * The clock stores one number: how far its time is ahead of the monotonic clock. The number is in shared
 * memory, so all threads with the same cell see the same time.
 */
export class StoreClock {
  readonly cell: SharedArrayBuffer
  /** In microseconds. It only grows. */
  readonly #lead: BigInt64Array
  readonly #source: ClockSource

  /**
   * @param shown the latest time known from before this start; time continues from there
   * @param cell the cell of a clock that is already running; that clock knows `shown`
   */
  constructor(source: ClockSource, shown: Millis, cell?: SharedArrayBuffer) {
    this.#source = source
    this.cell = cell ?? new SharedArrayBuffer(8)
    this.#lead = new BigInt64Array(this.cell)
    if (cell === undefined) {
      this.#lead[0] = BigInt(Math.floor((Math.max(source.wallMs(), shown) - source.monotonicMs()) * 1000))
    }
  }

  now(): Millis {
    const wall = this.#source.wallMs()
    const monotonic = this.#source.monotonicMs()
    const reached = Math.floor(Number(this.#lead[0]!) / 1000 + monotonic)
    if (wall <= reached) return reached
    this.#raise(BigInt(Math.floor((wall - monotonic) * 1000)))
    return wall
  }

  /** Two threads may raise the lead at once. The larger one stays. */
  #raise(lead: bigint): void {
    let known = Atomics.load(this.#lead, 0)
    while (known < lead) {
      const found = Atomics.compareExchange(this.#lead, 0, known, lead)
      if (found === known) return
      known = found
    }
  }
}
