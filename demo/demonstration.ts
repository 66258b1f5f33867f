import { join } from 'node:path'
import { ApifyClient, type RequestQueueClient } from 'apify-client'
import { Closer } from '../src/app/closer.ts'
import type { Millis } from '../src/domain/time.ts'
import { CrawlerProcess } from './crawler-process.ts'
import { Ledger } from './ledger.ts'
import type { FromCrawler } from './messages.ts'
import { type Kill, type Outcome, settle } from './outcome.ts'
import type { CrawlerState, Progress } from './progress.ts'
import { type HeldRequest, readAll, readCounts, readHeld } from './queue-view.ts'
import { type Servers, startOneServer, startTwoServers } from './servers.ts'
import { planSite, serveSite } from './site.ts'
import { watchAgainAndAgain } from './watch.ts'

/** One server on a file, or two servers on a PostgreSQL. */
export type DemonstrationStore = 'sqlite' | 'postgres'

export interface DemonstrationOptions {
  readonly store: DemonstrationStore
  readonly pages: number
  readonly seed: number
  readonly crawlers: number
  /** How many pages each crawler works on at the same time. */
  readonly concurrency: number
  /** How long a lock lasts. It must be much longer than a crawler works on one page. */
  readonly lockSecs: number
  readonly pageDelayMs: { readonly min: Millis; readonly max: Millis }
  /** All files are written there. */
  readonly directory: string
}

const queueName = 'demo'

/**
 * Starts a server, a site and crawler processes that share one queue. Half-way it kills one crawler and, if
 * there are two servers, one server. Then it waits until the other crawlers are done. When it resolves or
 * rejects, everything that it started has ended.
 *
 * @throws the reason of `signal` when that was aborted; Error when a crawler fails
 */
export async function demonstrate(
  options: DemonstrationOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<Outcome> {
  const closer = new Closer()
  try {
    return await new Demonstration(options, progress, closer, signal).run()
  } finally {
    progress.stop()
    await closer.close()
  }
}

interface CrawlerSeat {
  readonly crawler: CrawlerProcess
  clientKey: string
  state: CrawlerState
}

class Demonstration {
  readonly #options: DemonstrationOptions
  readonly #progress: Progress
  readonly #closer: Closer
  readonly #signal: AbortSignal
  readonly #ledger = new Ledger()
  readonly #seats: CrawlerSeat[] = []
  /** Rejects when the demonstration is stopped, and when something fails that nothing awaits. */
  readonly #trouble = Promise.withResolvers<never>()
  #queue!: RequestQueueClient
  #servers!: Servers
  #victim: CrawlerSeat | undefined
  #kill: Promise<Kill> | undefined

  constructor(options: DemonstrationOptions, progress: Progress, closer: Closer, signal: AbortSignal) {
    this.#options = options
    this.#progress = progress
    this.#closer = closer
    this.#signal = signal
    this.#trouble.promise.catch(noop)
    signal.addEventListener('abort', () => this.#trouble.reject(signal.reason), { once: true })
  }

  async run(): Promise<Outcome> {
    const { pages, seed, crawlers } = this.#options
    const { baseUrl, token, description } = await this.#startServers()
    const siteUrl = await this.#startSite()
    for (const line of description) this.#progress.note(line)
    this.#progress.note(`site      ${siteUrl}, ${pages} pages that link to each other, seed ${seed}`)
    await this.#prepareCrawlers(baseUrl, token)
    const pids = this.#seats.map(({ crawler }) => crawler.pid).join(', ')
    this.#progress.note(`crawlers  processes ${pids}: CheerioCrawler of Crawlee, with apify-client`)
    this.#progress.note('')

    const watch = watchAgainAndAgain(() => this.#look(), this.#closer, this.#trouble.reject)
    const startedAt = performance.now()
    for (const { crawler } of this.#seats) crawler.crawl([siteUrl])
    await this.#unlessTrouble(Promise.all(this.#seats.map((seat) => this.#untilDone(seat))))
    const durationMs = Math.round(performance.now() - startedAt)
    await watch.stop()

    const [kill = null, counts, kept] = await Promise.all([
      this.#kill,
      readCounts(this.#queue),
      readAll(this.#queue),
    ])
    return settle({
      sitePages: pages,
      crawlers,
      ledger: this.#ledger,
      kill,
      serverKilled: this.#servers.killOne !== null && kill !== null,
      counts,
      kept,
      durationMs,
    })
  }

  #unlessTrouble<Result>(work: Promise<Result>): Promise<Result> {
    return Promise.race([work, this.#trouble.promise])
  }

  async #startServers(): Promise<Servers> {
    const { store, directory } = this.#options
    // Log lines of a server must not break a progress bar.
    const serversOptions = { directory, onLine: (line: string) => this.#progress.note(line) }
    this.#servers =
      store === 'sqlite'
        ? await startOneServer(serversOptions, this.#closer)
        : await startTwoServers(serversOptions, this.#closer, this.#signal)
    this.#signal.throwIfAborted()
    const { baseUrl, token } = this.#servers
    const client = new ApifyClient({ baseUrl, token })
    const { id } = await client.requestQueues().getOrCreate(queueName)
    this.#queue = client.requestQueue(id)
    return this.#servers
  }

  async #startSite(): Promise<string> {
    const { pages, seed, pageDelayMs } = this.#options
    const plan = planSite({ pages, seed, delayMs: pageDelayMs })
    const site = await serveSite(plan, (page, crawler) => this.#onVisit(page, crawler))
    this.#closer.add('the site', () => site.close())
    this.#signal.throwIfAborted()
    return site.url
  }

  /** All crawlers get ready before the first one starts, so that none finds the work done. */
  async #prepareCrawlers(baseUrl: string, token: string): Promise<void> {
    const { crawlers, directory, lockSecs, concurrency } = this.#options
    for (let number = 1; number <= crawlers; number++) {
      const crawler = new CrawlerProcess(number, join(directory, 'crawlee'), {
        onMessage: (message) => this.#onMessage(number, message),
        onLine: (line) => this.#progress.note(`crawler ${number}: ${line}`),
      })
      this.#closer.add(`crawler ${number}`, () => crawler.kill())
      this.#seats.push({ crawler, clientKey: '', state: 'starting' })
    }
    const order = { baseUrl, token, queueName, lockSecs, concurrency }
    const prepare = async (seat: CrawlerSeat) => {
      seat.clientKey = await seat.crawler.prepare(order)
      seat.state = 'crawling'
    }
    await this.#unlessTrouble(Promise.all(this.#seats.map(prepare)))
  }

  #onMessage(crawler: number, message: FromCrawler): void {
    if (message.kind === 'finished') this.#ledger.finished(message.url, crawler, message.wasAlreadyHandled)
    if (message.kind === 'gaveUp') this.#ledger.gaveUp(message.url, crawler, message.reason)
  }

  /**
   * Half-way, the crawler that requests the next page is killed. It holds at least the lock of this page, and
   * it cannot have finished the page, because it has not received it yet.
   */
  #onVisit(page: number, crawler: number): void {
    this.#ledger.visited(page, crawler, Date.now())
    const isHalfWay = this.#ledger.finishedPages >= this.#options.pages / 2
    const seat = this.#seats[crawler - 1]
    if (!isHalfWay || this.#victim !== undefined || seat === undefined) return
    this.#victim = seat
    this.#kill = this.#killCrawler(seat)
    this.#kill.catch(this.#trouble.reject)
    // The kill calls the server, so the server must not be closed before it is over.
    this.#closer.add('the kill', () => this.#kill?.then(noop, noop))
  }

  async #killCrawler(seat: CrawlerSeat): Promise<Kill> {
    const at = Date.now()
    const crawler = seat.crawler.number
    const [serverNote] = await Promise.all([this.#servers.killOne?.(), seat.crawler.kill()])
    seat.state = 'killed'
    if (serverNote !== undefined) this.#progress.note(`Half of the pages are done: ${serverNote}.`)
    const everybodys = await readHeld(this.#queue)
    const held: HeldRequest[] = everybodys.filter(({ clientKey }) => clientKey === seat.clientKey)
    this.#progress.note(
      `Half of the pages are done: crawler ${crawler} was killed (SIGKILL) and leaves ${held.length} locks behind.\n` +
        `They expire within ${this.#options.lockSecs} seconds. Until then no other crawler gets these pages.`,
    )
    return { crawler, at, held }
  }

  /**
   * Resolves when the crawler has ended as it should: by itself when the queue is finished, or killed by us.
   */
  async #untilDone(seat: CrawlerSeat): Promise<void> {
    const { code, signal } = await seat.crawler.ended
    if (seat === this.#victim) return
    if (code !== 0) {
      throw new Error(`Crawler ${seat.crawler.number} ended with ${signal ?? `exit code ${code}`}.`)
    }
    seat.state = 'done'
  }

  async #look(): Promise<void> {
    const [queue, held] = await Promise.all([readCounts(this.#queue), readHeld(this.#queue)])
    const crawlers = this.#seats.map(({ crawler, clientKey, state }) => ({
      number: crawler.number,
      state,
      finished: this.#ledger.countOf(crawler.number),
      locks: held.filter((request) => request.clientKey === clientKey).length,
    }))
    this.#progress.show({ sitePages: this.#options.pages, queue, crawlers })
  }
}

function noop(): void {}
