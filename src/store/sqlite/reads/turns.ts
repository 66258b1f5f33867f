import { setImmediate as nextTurn } from 'node:timers/promises'

/** Lets a read that takes several steps do each of them in a turn of the event loop of its own. */
export class Turns {
  readonly #assertOpen: () => void
  #isFirst = true

  /** @param assertOpen throws if the connection was closed between two turns */
  constructor(assertOpen: () => void) {
    this.#assertOpen = assertOpen
  }

  /** Waits for the next turn, except before the first step. */
  async next(): Promise<void> {
    if (this.#isFirst) {
      this.#isFirst = false
      return
    }
    await nextTurn()
    this.#assertOpen()
  }
}
