import type { Numbers } from './numbers.ts'
import type { Call, Turn, Workload } from './workloads.ts'

/** A connection stays so long at a queue: as long as a crawler works on what it locks at once. */
const turnsPerQueue = 25

/** One connection's way from queue to queue. With a single queue it stays there. */
export class Tour {
  readonly #queues: readonly Workload[]
  readonly #visits: Numbers
  #queue: Workload
  #turnsLeft = turnsPerQueue
  #emptyInARow = 0

  /**
   * @param queues the same workload on each queue
   * @param visits of all connections together: each goes on to the queue that nobody has been at for the longest time
   */
  constructor(queues: readonly Workload[], visits: Numbers) {
    this.#queues = queues
    this.#visits = visits
    this.#queue = this.#nextQueue()
  }

  /** Makes one turn, one that moves nothing when its queue has nothing left; null when no queue has. */
  async turn(call: Call, client: number): Promise<Turn | null> {
    if (this.#turnsLeft === 0) this.#goOn()
    this.#turnsLeft--
    const turn = await this.#queue.turn(call, client)
    if (turn !== null) {
      this.#emptyInARow = 0
      return turn
    }
    if (++this.#emptyInARow >= this.#queues.length) return null
    this.#goOn()
    return { requests: 0 }
  }

  #goOn(): void {
    this.#queue = this.#nextQueue()
    this.#turnsLeft = turnsPerQueue
  }

  #nextQueue(): Workload {
    return this.#queues[this.#visits.next() % this.#queues.length]!
  }
}
