import { toIso } from '../../domain/time.ts'
import type { Figures, QueueFigures } from '../../store/params/figures.ts'
import type { QueueParams } from '../../store/params/queues.ts'
import type { Store } from '../../store/store.ts'
import { eventText } from './event-stream.ts'
import type { EventSource } from './event-streams.ts'

/** How many seconds each read asks for. Usually one of them is new. */
const secondsRead = 5
/** After a pause, such as one of the machine, no more seconds than these are told. */
const secondsMax = 300

type FiguresRead = Figures & Partial<Pick<QueueFigures, 'now'>>

type ReadSeconds = (stepCount: number) => Promise<FiguresRead>

export function secondsOfQueue(store: Pick<Store, 'figures'>, params: QueueParams): ReadSeconds {
  return (stepCount) => store.figures({ ...params, stepSecs: 1, stepCount })
}

/** Figures second by second (14.8), of a queue or of the server. */
export class FigureSource implements EventSource {
  readonly #readSeconds: ReadSeconds
  #lastAt = Number.NEGATIVE_INFINITY
  #first = ''

  /** @param readSeconds reads the last seconds, as many as that */
  constructor(readSeconds: ReadSeconds) {
    this.#readSeconds = readSeconds
  }

  get first(): string {
    return this.#first
  }

  async read(): Promise<string> {
    const isFirst = this.#lastAt === Number.NEGATIVE_INFINITY
    let figures = await this.#readSeconds(isFirst ? 1 : secondsRead)
    if (!isFirst && figures.from > this.#lastAt + 1000) figures = await this.#readSeconds(secondsMax)
    const events = eventsIn(figures, this.#lastAt)
    if (events.length === 0) return ''
    this.#lastAt = lastSecondOf(figures)
    this.#first = events.at(-1)!
    return events.join('')
  }
}

function lastSecondOf({ from, series }: Figures): number {
  return from + (series.added.length - 1) * 1000
}

/** One event for each second after this one. The last event of a queue has its counts as they are now. */
function eventsIn({ from, series, now }: FiguresRead, after: number): string[] {
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
      pending: series.pending[index],
      locked: series.locked[index],
    }
    return [eventText('figures', now === undefined ? data : { ...data, ...countsOf(now, index === last) })]
  })
}

function countsOf({ totalCount, handledCount, lockedCount }: QueueFigures['now'], isLast: boolean) {
  const counts = { handledCount, totalCount }
  return isLast ? { pending: totalCount - handledCount, locked: lockedCount, ...counts } : counts
}
