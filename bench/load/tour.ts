import type { LoadedQueue } from './loaded-queue.ts'
import type { Numbers } from './numbers.ts'

/** How many turns a connection stays at a queue: as long as a crawler works on one lock of the head. */
const turnsPerQueue = 25

/** The way of one connection from queue to queue. With a single queue it stays there. */
export class Tour {
  readonly #queues: readonly LoadedQueue[]
  readonly #visits: Numbers
  #queue: LoadedQueue
  #turnsLeft = turnsPerQueue
  #emptyInARow = 0

  /** @param visits shared by all connections: each goes to the queue that was visited the longest time ago */
  constructor(queues: readonly LoadedQueue[], visits: Numbers) {
    this.#queues = queues
    this.#visits = visits
    this.#queue = this.#nextQueue()
  }

  /** The queue of the next turn. */
  nextTurn(): LoadedQueue {
    if (this.#queues.length === 1) return this.#queue
    if (this.#turnsLeft === 0) this.#goOn()
    this.#turnsLeft--
    return this.#queue
  }

  /** The queue had something to do. */
  foundSome(): void {
    this.#emptyInARow = 0
  }

  /**
   * Nothing is left in the queue, so the connection goes to the next one. False: nothing is left in any
   * queue.
   */
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
