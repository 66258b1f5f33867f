import type { NumberRange } from '../load/numbers.ts'
import type { Loaded, Round, Shape } from '../rounds/round.ts'
import type { Taken } from '../rounds/takes.ts'
import type { Durations } from './durations.ts'

/** Prepares what a row needs and measures it once, with so many processes of the load at the most. */
export type Take = (context: RowContext, processes: number) => Promise<Taken>

/** What the rows of one round share: its servers, how long things take, and what is known of it by now. */
export class RowContext {
  readonly round: Round
  readonly given: Durations
  #known: Promise<{ readonly queue: Loaded; readonly known: NumberRange }> | undefined

  constructor(round: Round, given: Durations) {
    this.round = round
    this.given = given
  }

  get shape(): Shape {
    const { warmUpMs, measureMs } = this.given
    return { warmUpMs, measureMs }
  }

  /** A queue with requests in it that stay there, for the rows that need such a one. */
  knownQueue(): Promise<{ readonly queue: Loaded; readonly known: NumberRange }> {
    this.#known ??= this.queueWith(this.given.knownRequests)
    return this.#known
  }

  /** A new queue with so many requests in it, or what there is time for. */
  async queueWith(count: number): Promise<{ readonly queue: Loaded; readonly known: NumberRange }> {
    const queue = await this.round.newQueue()
    return { queue, known: await this.round.preload(queue, count) }
  }

  /**
   * Calls of each kind, on servers whose code has not run yet: what V8 has not compiled is not measured.
   *
   * @param warmUpMs for single adds, the rest comes to about as much
   */
  async warmUp(warmUpMs: number): Promise<void> {
    const { round } = this
    const { queue, known } = await this.knownQueue()
    const shape = { warmUpMs: 0, measureMs: warmUpMs / 3 }
    await round.run('single-add', await round.newQueue(), { ...shape, measureMs: warmUpMs })
    await round.run('get-request', queue, { ...shape, known })
    const drained = await this.queueWith(1)
    await round.run('drain', drained.queue, { ...shape, clients: 8 })
  }
}
