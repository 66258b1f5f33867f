import { HeadlockError } from '../../domain/errors.ts'
import type { QueueParams } from '../../store/params/queues.ts'
import type { Store } from '../../store/store.ts'
import { explanationOf } from '../api/explanation.ts'
import { eventText } from './event-stream.ts'
import type { EventSource } from './event-streams.ts'
import { FigureSource, secondsOfQueue } from './figure-source.ts'

/** An explanation counts requests and asks hosts, so it costs more than the figures of a second. */
const explainedEvery = 2

/**
 * The figures of a queue each second, and every other second why head/lock gives what it gives, when that has changed. However
 * many people look at a queue, it is explained once for all of them.
 */
export class ExplainedSource implements EventSource {
  readonly #store: Pick<Store, 'figures' | 'explainQueue'>
  readonly #params: QueueParams
  readonly #figures: FigureSource
  #reads = 0
  #explanation = ''

  constructor(store: Pick<Store, 'figures' | 'explainQueue'>, params: QueueParams) {
    this.#store = store
    this.#params = params
    this.#figures = new FigureSource(secondsOfQueue(store, params))
  }

  get first(): string {
    return this.#figures.first + this.#explanation
  }

  async read(): Promise<string> {
    const isDue = this.#reads++ % explainedEvery === 0
    const [figures, explanation] = await Promise.all([
      this.#figures.read(),
      isDue ? this.#explain() : this.#explanation,
    ])
    if (explanation === this.#explanation) return figures
    this.#explanation = explanation
    return figures + explanation
  }

  /** Without the requests from the first one on that is too long to be read along with the others. */
  async #explain(): Promise<string> {
    try {
      const explanation = await this.#store.explainQueue(this.#params)
      const { next } = explanation
      const end = next.findIndex(({ longBytes }) => longBytes !== undefined)
      const data = explanationOf(explanation, end === -1 ? next : next.slice(0, end), undefined)
      return eventText('explain', data)
    } catch (error) {
      // Then the figures say so, or another read succeeds.
      if (error instanceof HeadlockError) return this.#explanation
      throw error
    }
  }
}
