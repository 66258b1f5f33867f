/**
 * Where time comes from: the wall clock, and one that only goes forward. The store makes its own time of the two
 * (store/store-clock.ts), so that nothing is decided by a wall clock that somebody sets back.
 */
export interface ClockSource {
  /** Milliseconds since 1970, may jump in either direction. */
  wallMs(): number
  /** Milliseconds since some moment, fractions included; never jumps, the same for every thread of the process. */
  monotonicMs(): number
  /** What another thread needs to read the same clock; undefined for the system's. */
  readonly shared?: SharedArrayBuffer
}

export const systemClock: ClockSource = {
  wallMs: () => Date.now(),
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
}

/** A clock that moves when it is told to, for tests; every thread that is given `shared` reads the same time. */
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

  /** Time passes. */
  advance(ms: number): void {
    // In this order: a thread that looks in between must not take it for a wall clock that was set forward.
    this.#cells[1]! += ms
    this.#cells[0]! += ms
  }

  /** Somebody sets the wall clock; no time passes. */
  jump(ms: number): void {
    this.#cells[0]! += ms
  }
}

/** The clock on the other side of a thread border. */
export function clockOf(shared: SharedArrayBuffer | undefined): ClockSource {
  return shared === undefined ? systemClock : new ManualClock(shared)
}
