import type { NumberRange } from '../load/numbers.ts'
import type { Loaded, Round, Shape } from '../rounds/round.ts'
import type { Taken } from '../rounds/takes.ts'
import type { Durations } from './durations.ts'

/** Prepares a row and measures it once, with at most so many load processes. */
export type Take = (context: RowContext, processes: number) => Promise<Taken>

/** What the rows of one round share: the servers, the durations, and the results so far. */
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

  /** A queue whose requests stay in it, for rows that need that. */
  knownQueue(): Promise<{ readonly queue: Loaded; readonly known: NumberRange }> {
    this.#known ??= this.queueWith(this.given.knownRequests)
    return this.#known
  }

  /** A new queue with this many requests, or as many as there is time for. */
  async queueWith(count: number): Promise<{ readonly queue: Loaded; readonly known: NumberRange }> {
    const queue = await this.round.newQueue()
    return { queue, known: await this.round.preload(queue, count) }
  }

  /**
   * Makes calls of each kind on fresh servers, so that V8 has compiled the code before the measurement.
   *
   * @param warmUpMs for single adds; all others together take about as long
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
