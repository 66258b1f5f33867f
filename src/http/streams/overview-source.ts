import type { QueueOverview } from '../../store/params/overviews.ts'
import type { Store } from '../../store/store.ts'
import { overviewsMax, shownOverview } from '../api/overview-schema.ts'
import { wellFormedJson } from '../api/well-formed.ts'
import { eventText } from './event-stream.ts'
import type { EventSource } from './event-streams.ts'

/** The queues of a user in which something has changed, and those that were deleted. */
export class OverviewSource implements EventSource {
  readonly #store: Pick<Store, 'changedOverviews' | 'deletedQueues'>
  readonly #userId: string
  /** As they were told last, by ID. Null: nothing was told yet. */
  #told: ReadonlyMap<string, string> | null = null
  /** Those that were deleted lately, as they were told last. */
  #deleted: readonly string[] = []

  constructor(store: Pick<Store, 'changedOverviews' | 'deletedQueues'>, userId: string) {
    this.#store = store
    this.#userId = userId
  }

  get first(): string {
    return queuesText([...(this.#told?.values() ?? [])]) + deletedText(this.#deleted)
  }

  async read(): Promise<string> {
    const userId = this.#userId
    const overviews = await this.#store.changedOverviews({ userId, limit: overviewsMax })
    // Read later, so that a queue is not told as changed after it was told as deleted.
    const deleted = await this.#store.deletedQueues({ userId })
    return this.#changed(overviews) + this.#newlyDeleted(deleted)
  }

  #changed(overviews: readonly QueueOverview[]): string {
    const before = this.#told
    const told = new Map(
      overviews.map((overview) => [overview.id, wellFormedJson(JSON.stringify(shownOverview(overview)))]),
    )
    this.#told = told
    const news = [...told].filter(([id, text]) => before?.get(id) !== text).map(([, text]) => text)
    return news.length === 0 && before !== null ? '' : queuesText(news)
  }

  #newlyDeleted(deleted: readonly string[]): string {
    const before = new Set(this.#deleted)
    this.#deleted = deleted
    return deletedText(deleted.filter((id) => !before.has(id)))
  }
}

/** JSON has no line breaks of its own. */
function queuesText(overviews: readonly string[]): string {
  return `event: queues\ndata: [${overviews.join(',')}]\n\n`
}

/** Empty if there are none. */
function deletedText(ids: readonly string[]): string {
  return ids.length === 0 ? '' : eventText('deleted', ids)
}
