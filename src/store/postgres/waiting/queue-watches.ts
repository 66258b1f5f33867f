import type { Millis } from '../../../domain/time.ts'
import type { AvailabilityNews, EndWatch, WatchQueue } from '../../params/waiting.ts'
import { type PostgresClock, wallOf } from '../clock.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { statement } from '../connection/statement.ts'
import { Listener } from './listener.ts'
import { channelOf, newsIn } from './news-channel.ts'
import { Poller } from './poller.ts'

/**
 * How long transactions tell of their changes after a server has asked for it. It asks again in time. The time is
 * long, because the clock of the database may be set forward, and nobody is told any more then.
 */
const toldForMs: Millis = 300_000
const askEveryMs: Millis = 30_000

/** $2: until when, from the queue's time. $3: a shorter rest than this is worth a write. */
const askToBeTold = statement(`
  UPDATE queues SET waited_until = clock_lead + ${wallOf('$4')} + $2
  WHERE queue_id = $1 AND waited_until < clock_lead + ${wallOf('$4')} + $3`)

/** Any news: somebody has to look. */
const unknownNews: AvailabilityNews = { count: 1, inMs: null }

interface Watched {
  readonly watches: Set<WatchQueue>
  readonly ready: Promise<void>
}

/**
 * Tells this server of changes of queues that its callers wait for (13.14), made by any server. The row of a
 * queue says until when somebody waits anywhere. Transactions read it anyway. If somebody waits, they notify.
 */
export class QueueWatches {
  readonly #database: Database
  readonly #clock: PostgresClock
  readonly #onProblem: (problem: string) => void
  readonly #watched = new Map<string, Watched>()
  readonly #poller: Poller
  #listener: Listener | null = null
  #askTimer: NodeJS.Timeout | null = null

  constructor(database: Database, clock: PostgresClock, onProblem: (problem: string) => void) {
    this.#database = database
    this.#clock = clock
    this.#onProblem = onProblem
    this.#poller = new Poller(database, (queueId) => this.#tell(queueId, unknownNews))
  }

  async watch(watch: WatchQueue): Promise<EndWatch> {
    const { queueId } = watch
    const watched = this.#watched.get(queueId) ?? { watches: new Set(), ready: this.#begin(queueId) }
    this.#watched.set(queueId, watched)
    watched.watches.add(watch)
    const end = () => {
      if (!watched.watches.delete(watch) || watched.watches.size > 0) return
      if (this.#watched.get(queueId) === watched) this.#watched.delete(queueId)
      this.#poller.remove(queueId)
      if (this.#watched.size === 0) void this.close()
    }
    try {
      await watched.ready
    } catch (error) {
      end()
      throw error
    }
    return end
  }

  async close(): Promise<void> {
    const listener = this.#listener
    this.#listener = null
    if (this.#askTimer !== null) clearInterval(this.#askTimer)
    this.#askTimer = null
    for (const queueId of this.#watched.keys()) this.#poller.remove(queueId)
    await listener?.close()
  }

  async #begin(queueId: string): Promise<void> {
    if (this.#database.isCluster) return this.#poller.add(queueId)
    // Listens first: a transaction that is asked to tell must not tell before somebody listens.
    await this.#listening()
    await this.#ask(queueId)
    this.#askTimer ??= setInterval(() => void this.#askAgain(), askEveryMs).unref()
  }

  async #listening(): Promise<void> {
    this.#listener ??= new Listener(this.#database, channelOf(this.#database.schema), {
      heard: (payload) => {
        const heard = newsIn(payload)
        if (heard !== null) this.#tell(heard.queueId, heard.news)
      },
      reopened: () => {
        for (const queueId of this.#watched.keys()) this.#tell(queueId, unknownNews)
      },
      problem: this.#onProblem,
    })
    const listener = this.#listener
    try {
      await listener.ready
    } catch (error) {
      if (this.#listener === listener) this.#listener = null
      throw error
    }
  }

  async #ask(queueId: string): Promise<void> {
    const values = [queueId, toldForMs, toldForMs / 2, this.#clock.wallValue]
    await withRetries(() => this.#database.query(askToBeTold, values))
  }

  async #askAgain(): Promise<void> {
    try {
      for (const queueId of this.#watched.keys()) await this.#ask(queueId)
    } catch {
      // Transactions go on telling for some minutes. The next attempt is soon.
    }
  }

  #tell(queueId: string, news: AvailabilityNews): void {
    for (const { changed } of this.#watched.get(queueId)?.watches ?? []) changed(news)
  }
}
