import type { Store } from '../../store/store.ts'
import { overviewsMax, shownOverview } from '../api/overview-schema.ts'
import { wellFormedJson } from '../api/well-formed.ts'
import type { EventSource } from './event-streams.ts'

/** The queues of a user in which something has changed. */
export class OverviewSource implements EventSource {
  readonly #store: Pick<Store, 'changedOverviews'>
  readonly #userId: string
  /** As they were told last, by ID. Null: nothing was told yet. */
  #told: ReadonlyMap<string, string> | null = null

  constructor(store: Pick<Store, 'changedOverviews'>, userId: string) {
    this.#store = store
    this.#userId = userId
  }

  get first(): string {
    return queuesText([...(this.#told?.values() ?? [])])
  }

  async read(): Promise<string> {
    const overviews = await this.#store.changedOverviews({ userId: this.#userId, limit: overviewsMax })
    const before = this.#told
    const told = new Map(
      overviews.map((overview) => [overview.id, wellFormedJson(JSON.stringify(shownOverview(overview)))]),
    )
    this.#told = told
    const news = [...told].filter(([id, text]) => before?.get(id) !== text).map(([, text]) => text)
    return news.length === 0 && before !== null ? '' : queuesText(news)
  }
}

/** JSON has no line breaks of its own. */
function queuesText(overviews: readonly string[]): string {
  return `event: queues\ndata: [${overviews.join(',')}]\n\n`
}
