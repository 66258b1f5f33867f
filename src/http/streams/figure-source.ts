import { toIso } from '../../domain/time.ts'
import type { QueueFigures } from '../../store/params/figures.ts'
import type { QueueParams } from '../../store/params/queues.ts'
import type { Store } from '../../store/store.ts'
import { eventText } from './event-stream.ts'
import type { EventSource } from './event-streams.ts'

/** How many seconds each read asks for. Usually one of them is new. */
const secondsRead = 5
/** After a pause, such as one of the machine, no more seconds than these are told. */
const secondsMax = 300

/** The figures of a queue, second by second (14.8). */
export class FigureSource implements EventSource {
  readonly #store: Pick<Store, 'figures'>
  readonly #params: QueueParams
  #lastAt = Number.NEGATIVE_INFINITY
  #first = ''

  constructor(store: Pick<Store, 'figures'>, params: QueueParams) {
    this.#store = store
    this.#params = params
  }

  get first(): string {
    return this.#first
  }

  async read(): Promise<string> {
    const isFirst = this.#lastAt === Number.NEGATIVE_INFINITY
    let figures = await this.#read(isFirst ? 1 : secondsRead)
    if (!isFirst && figures.from > this.#lastAt + 1000) figures = await this.#read(secondsMax)
    const events = eventsIn(figures, this.#lastAt)
    if (events.length === 0) return ''
    this.#lastAt = lastSecondOf(figures)
    this.#first = events.at(-1)!
    return events.join('')
  }

  #read(stepCount: number): Promise<QueueFigures> {
    return this.#store.figures({ ...this.#params, stepSecs: 1, stepCount })
  }
}

function lastSecondOf({ from, series }: QueueFigures): number {
  return from + (series.added.length - 1) * 1000
}

/** One event for each second after this one. The last event has the counts as they are now. */
function eventsIn({ from, series, now }: QueueFigures, after: number): string[] {
  const { totalCount, handledCount, lockedCount } = now
  const last = series.added.length - 1
  return series.added.flatMap((added, index) => {
    const at = from + index * 1000
    if (at <= after) return []
    const data = {
      at: toIso(at),
      added,
      handedOut: series.handedOut[index],
      handled: series.handled[index],
      givenBack: series.givenBack[index],
      ranOut: series.ranOut[index],
      failed: series.failed[index],
      pending: index === last ? totalCount - handledCount : series.pending[index],
      locked: index === last ? lockedCount : series.locked[index],
      handledCount,
      totalCount,
    }
    return [eventText('figures', data)]
  })
}
