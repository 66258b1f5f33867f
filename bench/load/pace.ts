import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds from any beginning, and a way to let them pass. */
export interface PaceClock {
  now(): number
  sleep(waitMs: number): Promise<unknown>
}

const systemClock: PaceClock = { now: () => performance.now(), sleep }

/**
 * Gives turns at a steady rate; a turn that comes late is still due at its time. Where the rate cannot be kept at all, what
 * calls take grows from one to the next without an end: that is what callers would see.
 */
export class Pace {
  readonly #everyMs: number
  readonly #clock: PaceClock
  #nextAt: number

  constructor(callsPerSecond: number, startAt: number, clock: PaceClock = systemClock) {
    this.#everyMs = 1000 / callsPerSecond
    this.#nextAt = startAt
    this.#clock = clock
  }

  /** Resolves when the next call's turn has come, with the moment from which the call counts. */
  async turn(): Promise<number> {
    const dueAt = this.#nextAt
    this.#nextAt += this.#everyMs
    const waitMs = dueAt - this.#clock.now()
    // No connection was free at its turn: its caller has been waiting since.
    if (waitMs <= 0) return dueAt
    await this.#clock.sleep(waitMs)
    // A connection was free: what the timer oversleeps is not the server's.
    return this.#clock.now()
  }
}
