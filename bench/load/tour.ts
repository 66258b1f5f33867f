import type { LoadedQueue } from './loaded-queue.ts'
import type { Numbers } from './numbers.ts'

/** A connection stays so long at a queue: as long as a crawler works on what it locks at once. */
const turnsPerQueue = 25

/** One connection's way from queue to queue. With a single queue it stays there. */
export class Tour {
  readonly #queues: readonly LoadedQueue[]
  readonly #visits: Numbers
  #queue: LoadedQueue
  #turnsLeft = turnsPerQueue
  #emptyInARow = 0

  /** @param visits of all connections together: each goes on to the queue that nobody has been at for the longest time */
  constructor(queues: readonly LoadedQueue[], visits: Numbers) {
    this.#queues = queues
    this.#visits = visits
    this.#queue = this.#nextQueue()
  }

  /** Where the next turn is made. */
  nextTurn(): LoadedQueue {
    if (this.#queues.length === 1) return this.#queue
    if (this.#turnsLeft === 0) this.#goOn()
    this.#turnsLeft--
    return this.#queue
  }

  /** There was something to do at its queue. */
  foundSome(): void {
    this.#emptyInARow = 0
  }

  /** There is nothing left at its queue: it goes on to the next. False: no queue has anything left. */
  foundNothing(): boolean {
    if (++this.#emptyInARow >= this.#queues.length) return false
    this.#goOn()
    return true
  }

  #goOn(): void {
    this.#queue = this.#nextQueue()
    this.#turnsLeft = turnsPerQueue
  }

  #nextQueue(): LoadedQueue {
    return this.#queues[this.#visits.next() % this.#queues.length]!
  }
}
