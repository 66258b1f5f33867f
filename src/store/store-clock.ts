import type { Millis } from '../domain/time.ts'
import type { ClockSource } from './clock.ts'

/**
 * The store's time (rule 3.7): the wall clock, but never behind what it has shown before. When the wall clock is set
 * back, time goes on from where it was at its natural pace, so that locks neither last longer nor come back to life.
 *
 * The one number it has to remember, the lead of its time over the monotonic clock, lives in shared memory: all
 * threads that are given the same cell show the same time, whichever of them looked first.
 */
export class StoreClock {
  readonly cell: SharedArrayBuffer
  /** Microseconds. It only grows. */
  readonly #lead: BigInt64Array
  readonly #source: ClockSource

  /**
   * @param shown the latest time known to have been shown before this start; time goes on from there
   * @param cell of a clock that is running already; `shown` is known to that one
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

  /** Two threads may come with different leads at once; the larger one stays. */
  #raise(lead: bigint): void {
    let known = Atomics.load(this.#lead, 0)
    while (known < lead) {
      const found = Atomics.compareExchange(this.#lead, 0, known, lead)
      if (found === known) return
      known = found
    }
  }
}
