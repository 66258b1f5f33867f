import type { Millis } from '../domain/time.ts'

/**
 * What one turn of the event loop takes on at the most, when it takes on many: those that are read at its end have waited so long
 * already, and the ones behind them longer. A few calls may take longer than that, with large bodies, and nobody is refused for it.
 */
const longMs: Millis = 500
const longCallsMin = 500
/**
 * libuv takes 1024 events from the system at a time, and when there were so many it asks for more without ending the turn, up
 * to 48 times. Connections that were accepted meanwhile are not read, and what is gathered until the turn ends is not handed over.
 */
const callsAtOnceMax = 1000

/**
 * The turn of the event loop in which calls are read. Callers that ask again as soon as they are answered could keep it from
 * ending for seconds, if there are many of them; so what comes when it has had many is looked at when all are read. The others
 * are answered then, and ask again in the next turn.
 */
export class LoopTurn {
  #callCount = 0
  #postponedCount = 0
  #beganAt = 0
  readonly #end = () => {
    if (this.#postponedCount === 0) this.#callCount = 0
  }

  /** Has to be given each call as it is read: performs it at once, or at the end of the turn. Calls keep their order. */
  take(perform: () => void): void {
    const count = ++this.#callCount
    if (count <= callsAtOnceMax) {
      if (count === 1) {
        this.#beganAt = performance.now()
        setImmediate(this.#end)
      }
      perform()
      return
    }
    this.#postponedCount++
    // Each on its own: what one of them begins has begun when the next one asks how much there is to do.
    setImmediate(() => {
      this.#postponedCount--
      perform()
      this.#end()
    })
  }

  /** Whether what is performed now comes late. */
  get isLong(): boolean {
    return this.#callCount > longCallsMin && performance.now() - this.#beganAt > longMs
  }
}
