import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Millis } from '../../../domain/time.ts'

/** Lets a read that takes several steps do each of them in a turn of the event loop of its own. */
export class Turns {
  readonly #assertOpen: () => void
  #isFirst = true
  #begunAt: Millis = performance.now()

  /** @param assertOpen throws if the connection was closed between two turns */
  constructor(assertOpen: () => void) {
    this.#assertOpen = assertOpen
  }

  /** When the last turn began, by `performance.now`. */
  get begunAt(): Millis {
    return this.#begunAt
  }

  /** Waits for the next turn, except before the first step. */
  async next(): Promise<void> {
    if (this.#isFirst) {
      this.#isFirst = false
      this.#begunAt = performance.now()
      return
    }
    await nextTurn()
    this.#begunAt = performance.now()
    this.#assertOpen()
  }
}
