import type { Millis } from '../../domain/time.ts'
import { secondOf } from './figure-columns.ts'
import type { QueueTally } from './queue-tally.ts'
import { type FiguresToAdd, SecondSums } from './second-sums.ts'

/** Figures of committed transactions that are not saved yet, by queue and second. The store saves them once a second. */
export class UnsavedFigures<Queue> {
  readonly #queues = new Map<Queue, SecondSums>()

  get isEmpty(): boolean {
    return this.#queues.size === 0
  }

  /** Adds what a transaction has done. It has to have committed. */
  add(queue: Queue, now: Millis, tally: QueueTally): void {
    this.#sumsOf(queue).addTally(secondOf(now), tally)
  }

  /** The queues that have some. */
  queues(): Queue[] {
    return [...this.#queues.keys()]
  }

  /** Takes those of a queue, for a transaction that writes them. Null: there are none. */
  take(queue: Queue): TakenFigures | null {
    const sums = this.#queues.get(queue)
    if (sums === undefined) return null
    this.#queues.delete(queue)
    return { sums, rows: sums.rows(), giveBack: () => this.#sumsOf(queue).addAll(sums) }
  }

  /** Drops those of a deleted queue. */
  forget(queue: Queue): void {
    this.#queues.delete(queue)
  }

  #sumsOf(queue: Queue): SecondSums {
    let sums = this.#queues.get(queue)
    if (sums === undefined) {
      sums = new SecondSums()
      this.#queues.set(queue, sums)
    }
    return sums
  }
}

export interface TakenFigures {
  readonly sums: SecondSums
  /** For each step, shortest first, in the order of time. */
  readonly rows: readonly FiguresToAdd[]
  /** The transaction that should have written them has failed. */
  giveBack(): void
}
