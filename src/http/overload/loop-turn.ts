import type { Millis } from '../../domain/time.ts'

/**
 * If there are many calls, none begins after it has waited this long. Otherwise the wait of the calls behind it would keep growing.
 * A few calls with large bodies may keep the thread busy for longer, and no call is refused for that.
 */
const ageMsMax: Millis = 500
/** From this number of calls in a turn on, there are many. */
const manyCallsMin = 500
/**
 * Bounds the calls that begin in one turn. libuv takes 1024 events from the system at a time. If it got 1024, it asks for more within
 * the same turn, up to 48 times. Until the turn ends, newly accepted connections are not read, and gathered batches are not sent on.
 */
const callsAtOnceMax = 1000
/**
 * How long postponed calls are performed in each turn. That is enough to begin about two hundred calls. `callsAtOnceMax` applies too:
 * a call does most of its work after the slice, so thousands of short calls could begin in this time.
 */
const sliceMs: Millis = 10

interface Postponed {
  readonly perform: () => void
  readonly readAt: number
}

/**
 * Bounds the turns of the event loop in which calls are read. Many callers that call again as soon as they have an answer could keep
 * a turn from ending for seconds. So after many calls in one turn, further calls are postponed. They are performed a few at a time,
 * and the event loop handles all other events in between. Calls keep their order.
 */
export class LoopTurn {
  #callCount = 0
  /** When the current call was read. If it was not postponed: when the first call of its turn was read. */
  #readAt = 0
  #postponed: Postponed[] = []
  readonly #end = () => {
    this.#callCount = 0
  }
  readonly #performSome = () => {
    const postponed = this.#postponed
    const endsAt = performance.now() + sliceMs
    let begun = 0
    try {
      do {
        const { perform, readAt } = postponed[begun++]!
        this.#readAt = readAt
        perform()
      } while (begun < Math.min(postponed.length, callsAtOnceMax) && performance.now() < endsAt)
    } finally {
      this.#postponed = postponed.slice(begun)
      if (this.#postponed.length > 0) setImmediate(this.#performSome)
    }
  }

  /** Pass each call as soon as it is read. Performs it at once, or in a later turn. Errors are thrown where it is performed. */
  take(perform: () => void): void {
    if (this.#callCount++ === 0) setImmediate(this.#end)
    if (this.#callCount <= callsAtOnceMax && this.#postponed.length === 0) {
      if (this.#callCount === 1) this.#readAt = performance.now()
      perform()
      return
    }
    this.#postponed.push({ perform, readAt: performance.now() })
    if (this.#postponed.length === 1) setImmediate(this.#performSome)
  }

  /**
   * Whether there are many calls and the current one was read more than 500 ms ago. If it was not postponed, the first call of its
   * turn counts instead.
   */
  get isLate(): boolean {
    const areMany = this.#callCount > manyCallsMin || this.#postponed.length > 0
    return areMany && performance.now() - this.#readAt > ageMsMax
  }
}
