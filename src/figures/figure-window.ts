import { sumsOf } from './read.ts'

/** How often the sums are kept, and how many of them. Together a minute. */
const everyMs = 15_000
const keptMax = 4

interface Kept {
  readonly at: number
  readonly sums: Float64Array
}

/** What was counted in the last minute, by all threads. */
export class FigureWindow {
  readonly #memory: SharedArrayBuffer
  readonly #timer: NodeJS.Timeout
  readonly #kept: Kept[]

  constructor(memory: SharedArrayBuffer) {
    this.#memory = memory
    this.#kept = [this.#now()]
    this.#timer = setInterval(() => {
      this.#kept.push(this.#now())
      if (this.#kept.length > keptMax) this.#kept.shift()
    }, everyMs)
    // The timer must not keep a thread alive that has nothing else to do.
    this.#timer.unref()
  }

  /**
   * The counts of the last 45 to 60 seconds, or since the start if that was later, and how many seconds these are. What it says
   * about gauges means nothing.
   */
  recent(): { readonly sums: Float64Array; readonly secs: number } {
    const { at, sums } = this.#now()
    const { at: beganAt, sums: before } = this.#kept[0]!
    return {
      sums: sums.map((sum, cell) => sum - before[cell]!),
      secs: Math.max(0.001, (at - beganAt) / 1000),
    }
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #now(): Kept {
    return { at: performance.now(), sums: sumsOf(this.#memory) }
  }
}
