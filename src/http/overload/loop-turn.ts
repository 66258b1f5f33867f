import type { Millis } from '../../domain/time.ts'

/**
 * So old may a call be that is begun, when there are many: those behind it have waited already, and would for longer and longer. A
 * few calls may take longer than that, with large bodies, and nobody is refused for it.
 */
const ageMsMax: Millis = 500
const manyCallsMin = 500
/**
 * libuv takes 1024 events from the system at a time, and when there were so many it asks for more without ending the turn, up
 * to 48 times. Connections that were accepted meanwhile are not read, and what is gathered until the turn ends is not handed over.
 */
const callsAtOnceMax = 1000
/**
 * In each turn, of calls that were postponed: some two hundred that do something, and never more than are performed at once. What
 * calls wait for continues after the slice, so its time alone would let thousands of short ones begin.
 */
const sliceMs: Millis = 10

interface Postponed {
  readonly perform: () => void
  readonly readAt: number
}

/**
 * The turns of the event loop in which calls are read. Callers that ask again as soon as they are answered could keep one of them
 * from ending for seconds, if there are many of them. So what comes when a turn has had many calls is postponed, and performed
 * some at a time, with a look at everything else in between. Calls keep their order.
 */
export class LoopTurn {
  #callCount = 0
  /** When the call was read that is performed now, or the first one of its turn. */
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

  /** Has to be given each call as it is read: performs it at once, or in a later turn. What it throws comes out there. */
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
   * Whether there are many calls, and the one that is performed now was read more than 500 ms ago; when it was not postponed, the
   * first one of its turn.
   */
  get isLate(): boolean {
    const areMany = this.#callCount > manyCallsMin || this.#postponed.length > 0
    return areMany && performance.now() - this.#readAt > ageMsMax
  }
}
