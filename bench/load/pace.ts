/**
 * Gives turns at a steady rate; a turn that comes late is still due at its time. Where the rate cannot be kept at all, what
 * calls take grows from one to the next without an end: that is what callers would see.
 */
export class Pace {
  readonly #everyMs: number
  #dueAtMs: number

  constructor(callsPerSecond: number, startAtMs: number) {
    this.#everyMs = 1000 / callsPerSecond
    this.#dueAtMs = startAtMs
  }

  /** The moment of the next turn. */
  get dueAtMs(): number {
    return this.#dueAtMs
  }

  /**
   * Takes the next turn, which has come.
   *
   * @param wasFree whether a connection was free at its turn: what a timer oversleeps is not the server's. If none was, its
   *   caller has been waiting since.
   * @returns the moment from which the call counts
   */
  take(nowMs: number, wasFree: boolean): number {
    const dueAtMs = this.#dueAtMs
    this.#dueAtMs += this.#everyMs
    return wasFree ? nowMs : dueAtMs
  }
}
