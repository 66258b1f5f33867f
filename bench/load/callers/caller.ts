import type { Calls } from '../calls.ts'
import type { LoadedQueue } from '../loaded-queue.ts'
import type { NumberRange, Numbers } from '../numbers.ts'
import type { Tour } from '../tour.ts'

/** What a caller works with. */
export interface Supply {
  readonly calls: Calls
  readonly tour: Tour
  readonly client: number
  /** Numbers for new URLs. */
  readonly newNumbers: Numbers
  /** The requests that each queue contains before the load. */
  readonly known: NumberRange
  /** Numbers that let each caller use different known URLs. */
  readonly steps: Numbers
}

/**
 * Makes the calls of one connection, one after the other, in turns. A turn is one call, or all calls for one
 * request. The messages are written ahead of time, and only the parts that differ are changed for a call.
 */
export abstract class Caller {
  /** The status of a successful answer. The bare server of limit (a) uses 200 only. */
  abstract readonly status: number
  /** Whether `answered` reads the body of the answer to the last message. */
  abstract readonly needsBody: boolean
  /**
   * True while the caller has nothing to do until another connection of its client is answered. It then calls
   * `resume`.
   */
  isWaiting = false
  /** Must be set by the driver. */
  resume: () => void = () => {}
  readonly #tour: Tour
  #queue: LoadedQueue | null = null
  #isDone = false

  constructor(tour: Tour) {
    this.#tour = tour
  }

  /** Begins a turn. Null when nothing is left in the queue, or when `isWaiting`. */
  protected abstract begin(queue: LoadedQueue): Buffer | null

  /** The following messages go to this queue. */
  protected abstract moveTo(queueId: string): void

  /**
   * Called when the last call got the expected answer.
   *
   * @returns how many requests the turn moved, if it ended with this call: 25 for a batch, 1 for a single
   *   call
   */
  abstract answered(body: Buffer): number

  /** The next message. Null when nothing is left to do, or when `isWaiting`. */
  next(): Buffer | null {
    while (!this.#isDone) {
      const queue = this.#tour.nextTurn()
      if (queue !== this.#queue) {
        this.#queue = queue
        this.moveTo(queue.id)
      }
      const message = this.begin(queue)
      if (message !== null || this.isWaiting) return message
      this.foundNothing()
    }
    return null
  }

  protected foundSome(): void {
    this.#tour.foundSome()
  }

  /** Nothing is left in the queue. The next turn is made at another queue, if there is one. */
  protected foundNothing(): void {
    if (!this.#tour.foundNothing()) this.#isDone = true
  }
}

export function clientKeyOf(client: number): string {
  return `bench-client-${client}`
}
