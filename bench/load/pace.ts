/**
 * Gives turns at a steady rate. A turn that is taken late keeps its due time. If the rate cannot be kept,
 * latencies therefore grow without end, as callers would see it.
 */
export class Pace {
  readonly #everyMs: number
  #dueAtMs: number

  constructor(callsPerSecond: number, startAtMs: number) {
    this.#everyMs = 1000 / callsPerSecond
    this.#dueAtMs = startAtMs
  }

  /** When the next turn is due. */
  get dueAtMs(): number {
    return this.#dueAtMs
  }

  /**
   * Takes the next turn, which is due.
   *
   * @param wasFree whether a connection was free when the turn was due. If so, a delay is due to a late timer
   *   and not to the server. If not, the caller has been waiting since.
   * @returns the moment from which the latency of the call counts
   */
  take(nowMs: number, wasFree: boolean): number {
    const dueAtMs = this.#dueAtMs
    this.#dueAtMs += this.#everyMs
    return wasFree ? nowMs : dueAtMs
  }
}
