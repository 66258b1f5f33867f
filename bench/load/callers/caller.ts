import type { Calls } from '../calls.ts'
import type { LoadedQueue } from '../loaded-queue.ts'
import type { NumberRange, Numbers } from '../numbers.ts'
import type { Tour } from '../tour.ts'

/** What a caller works with. */
export interface Supply {
  readonly calls: Calls
  readonly tour: Tour
  readonly client: number
  /** For URLs that are to be new. */
  readonly newNumbers: Numbers
  /** What is in each queue before. */
  readonly known: NumberRange
  /** Each asks for another of the known URLs. */
  readonly steps: Numbers
}

/**
 * Makes the calls of one connection, one after the other, in turns: one call, or all that are made for one request. The
 * messages were written ahead of time, and nothing is made for a call but what differs in it.
 */
export abstract class Caller {
  /** What a call that succeeds is answered with; the bare server of limit (a) knows 200 only. */
  abstract readonly status: number
  /** Whether `answered` reads the body of the answer to the message that `next` gave last. */
  abstract readonly needsBody: boolean
  /** It has nothing to do until another connection of its client was answered; then it calls `resume`. */
  isWaiting = false
  /** Has to be set by whoever drives it. */
  resume: () => void = () => {}
  readonly #tour: Tour
  #queue: LoadedQueue | null = null
  #isDone = false

  constructor(tour: Tour) {
    this.#tour = tour
  }

  /** Begins a turn; null when there is nothing left at the queue, or `isWaiting`. */
  protected abstract begin(queue: LoadedQueue): Buffer | null

  /** From now on its messages go to this queue. */
  protected abstract moveTo(queueId: string): void

  /**
   * The last call was answered as it should be.
   *
   * @returns how many requests the turn moved that ended with it: 25 for a batch, 1 for a single call
   */
  abstract answered(body: Buffer): number

  /** The next message; null when there is nothing left to do, or `isWaiting`. */
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

  /** There is nothing left at the queue: the next turn is made at another one, if there is any. */
  protected foundNothing(): void {
    if (!this.#tour.foundNothing()) this.#isDone = true
  }
}

export function clientKeyOf(client: number): string {
  return `bench-client-${client}`
}
