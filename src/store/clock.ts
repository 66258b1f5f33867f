/**
 * The sources of time: the wall clock, and a clock that only goes forward. The store derives its own time
 * from both (store-clock.ts). So setting the wall clock back changes no decision.
 */
export interface ClockSource {
  /** Milliseconds since 1970. May jump in either direction. */
  wallMs(): number
  /**
   * Milliseconds since some moment, with fractions. Never jumps. The same for every thread of the process.
   */
  monotonicMs(): number
  /** What another thread needs to read the same clock. Undefined for the system's clock. */
  readonly shared?: SharedArrayBuffer
}

export const systemClock: ClockSource = {
  wallMs: () => Date.now(),
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
}

/** A clock for tests, which moves only on request. Every thread that gets `shared` reads the same time. */
export class ManualClock implements ClockSource {
  readonly shared: SharedArrayBuffer
  readonly #cells: Float64Array

  constructor(startOrShared: number | SharedArrayBuffer = Date.UTC(2030, 0, 1)) {
    if (typeof startOrShared === 'number') {
      this.shared = new SharedArrayBuffer(16)
      this.#cells = new Float64Array(this.shared)
      this.#cells[0] = startOrShared
      this.#cells[1] = 1
    } else {
      this.shared = startOrShared
      this.#cells = new Float64Array(startOrShared)
    }
  }

  wallMs(): number {
    return this.#cells[0]!
  }

  monotonicMs(): number {
    return this.#cells[1]!
  }

  /** Lets time pass. */
  advance(ms: number): void {
    // In this order. A thread that reads in between must not think that the wall clock was set forward.
    this.#cells[1]! += ms
    this.#cells[0]! += ms
  }

  /** Sets the wall clock forward or back. No time passes. */
  jump(ms: number): void {
    this.#cells[0]! += ms
  }
}

/** The clock that another thread shared. */
export function clockOf(shared: SharedArrayBuffer | undefined): ClockSource {
  return shared === undefined ? systemClock : new ManualClock(shared)
}
