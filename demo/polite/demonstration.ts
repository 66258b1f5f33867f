import { join } from 'node:path'
import { ApifyClient, type RequestQueueClient } from 'apify-client'
import { Closer } from '../../src/app/closer.ts'
import type { Millis } from '../../src/domain/time.ts'
import { CrawlerProcess } from '../crawler-process.ts'
import type { DemonstrationStore } from '../demonstration.ts'
import type { CrawlerState, Progress } from '../progress.ts'
import { type QueueCounts, readCounts, readHeld } from '../queue-view.ts'
import { type Servers, startOneServer, startTwoServers } from '../servers.ts'
import { planSite } from '../site.ts'
import { watchAgainAndAgain } from '../watch.ts'
import { type Notes, type Sites, serveSites } from './sites.ts'

export interface PoliteOptions {
  readonly store: DemonstrationStore
  readonly sites: number
  readonly pagesPerSite: number
  readonly seed: number
  readonly crawlers: number
  /** How many pages each crawler works on at the same time. */
  readonly concurrency: number
  readonly lockSecs: number
  readonly pageDelayMs: { readonly min: Millis; readonly max: Millis }
  /** The delay of each site in the policy. */
  readonly delaySecs: number
  /** All files are written there. */
  readonly directory: string
}

/** What one crawl of all sites was like. */
export interface PoliteRun extends Notes {
  readonly hasPolicy: boolean
  readonly durationMs: Millis
  /** The counts of the queue when all crawlers had ended. */
  readonly queue: QueueCounts
}

interface Seat {
  readonly crawler: CrawlerProcess
  clientKey: string
  finished: number
  state: CrawlerState
}

/**
 * Lets crawler processes crawl many sites, once without a policy and once with one. The crawlers are the same.
 * When it resolves or rejects, everything that it started has ended.
 *
 * @param progressOf makes the display of one crawl
 * @throws the reason of `signal` when that was aborted; Error when a crawler fails
 */
export async function demonstratePoliteness(
  options: PoliteOptions,
  progressOf: () => Progress,
  signal: AbortSignal,
): Promise<readonly PoliteRun[]> {
  const closer = new Closer()
  const stopped = Promise.withResolvers<never>()
  stopped.promise.catch(() => {})
  signal.addEventListener('abort', () => stopped.reject(signal.reason), { once: true })
  try {
    const first = progressOf()
    const servers = await startServers(options, first, closer, signal)
    const plans = Array.from({ length: options.sites }, (_, index) =>
      planSite({ pages: options.pagesPerSite, seed: options.seed + index, delayMs: options.pageDelayMs }),
    )
    const sites = await serveSites(plans)
    closer.add('the sites', () => sites.close())
    signal.throwIfAborted()
    for (const line of servers.description) first.note(line)
    first.note(`sites     ${options.sites} host names on this machine, ${options.pagesPerSite} pages each`)

    const runs: PoliteRun[] = []
    for (const hasPolicy of [false, true]) {
      const run = crawl({ options, servers, sites, hasPolicy, progress: hasPolicy ? progressOf() : first })
      runs.push(await Promise.race([run, stopped.promise]))
    }
    return runs
  } finally {
    await closer.close()
  }

  async function crawl(scene: Omit<CrawlScene, 'closer'>): Promise<PoliteRun> {
    // The crawlers end with their crawl, or with the demonstration.
    const closerOfCrawl = new Closer()
    closer.add('the crawl', () => closerOfCrawl.close())
    try {
      return await crawlOnce({ ...scene, closer: closerOfCrawl })
    } finally {
      scene.progress.stop()
      await closerOfCrawl.close()
    }
  }
}

async function startServers(
  { store, directory }: PoliteOptions,
  progress: Progress,
  closer: Closer,
  signal: AbortSignal,
): Promise<Servers> {
  const options = { directory, onLine: (line: string) => progress.note(line) }
  const servers = await (store === 'sqlite'
    ? startOneServer(options, closer)
    : startTwoServers(options, closer, signal))
  signal.throwIfAborted()
  return servers
}

interface CrawlScene {
  readonly options: PoliteOptions
  readonly servers: Servers
  readonly sites: Sites
  readonly hasPolicy: boolean
  readonly progress: Progress
  readonly closer: Closer
}

async function crawlOnce(scene: CrawlScene): Promise<PoliteRun> {
  const { options, servers, sites, hasPolicy, progress, closer } = scene
  const { baseUrl, token } = servers
  const queueName = hasPolicy ? 'with-policy' : 'without-policy'
  const client = new ApifyClient({ baseUrl, token })
  const { id } = await client.requestQueues().getOrCreate(queueName)
  const queue = client.requestQueue(id)
  progress.note('')
  if (hasPolicy) progress.note(`With this policy: ${await putPolicy(servers, id, options.delaySecs)}`)
  else progress.note('Without a policy:')

  const seats = startCrawlers(scene)
  const { lockSecs, concurrency } = options
  await Promise.all(
    seats.map(async (seat) => {
      seat.clientKey = await seat.crawler.prepare({ baseUrl, token, queueName, lockSecs, concurrency })
      seat.state = 'crawling'
    }),
  )
  const pids = seats.map(({ crawler }) => crawler.pid).join(', ')
  progress.note(`crawlers  processes ${pids}: CheerioCrawler, up to ${concurrency} pages at once each`)
  const trouble = Promise.withResolvers<never>()
  trouble.promise.catch(() => {})
  const look = () => show(queue, seats, options, progress)
  const watch = watchAgainAndAgain(look, closer, trouble.reject)
  const startedAt = performance.now()
  for (const { crawler } of seats) crawler.crawl(sites.startUrls)
  await Promise.race([Promise.all(seats.map(untilDone)), trouble.promise])
  const durationMs = Math.round(performance.now() - startedAt)
  await watch.stop()
  return { hasPolicy, durationMs, queue: await readCounts(queue), ...sites.takeNotes() }
}

function startCrawlers({ options, progress, closer }: CrawlScene): Seat[] {
  return Array.from({ length: options.crawlers }, (_, index) => {
    const number = index + 1
    const crawler = new CrawlerProcess(number, join(options.directory, 'crawlee'), {
      onMessage: (message) => {
        if (message.kind === 'finished') seat.finished++
        if (message.kind === 'gaveUp')
          progress.note(`crawler ${number} gave up on ${message.url}: ${message.reason}`)
      },
      onLine: (line) => progress.note(`crawler ${number}: ${line}`),
    })
    closer.add(`crawler ${number}`, () => crawler.kill())
    const seat: Seat = { crawler, clientKey: '', finished: 0, state: 'starting' }
    return seat
  })
}

/** Puts the policy that keeps the sites in peace. Returns it as text. */
async function putPolicy({ baseUrl, token }: Servers, queueId: string, delaySecs: number): Promise<string> {
  const body = JSON.stringify({ rules: [{ hosts: '*', delaySecs }] })
  const answer = await fetch(`${baseUrl}/headlock/v1/queues/${queueId}/policy`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  })
  if (!answer.ok) throw new Error(`The policy was refused: ${await answer.text()}`)
  return body
}

async function untilDone(seat: Seat): Promise<void> {
  const { code, signal } = await seat.crawler.ended
  if (code !== 0)
    throw new Error(`Crawler ${seat.crawler.number} ended with ${signal ?? `exit code ${code}`}.`)
  seat.state = 'done'
}

async function show(
  client: RequestQueueClient,
  seats: readonly Seat[],
  { sites, pagesPerSite }: PoliteOptions,
  progress: Progress,
): Promise<void> {
  const [queue, held] = await Promise.all([readCounts(client), readHeld(client)])
  const crawlers = seats.map(({ crawler, clientKey, state, finished }) => ({
    number: crawler.number,
    state,
    finished,
    locks: held.filter((request) => request.clientKey === clientKey).length,
  }))
  progress.show({ sitePages: sites * pagesPerSite, queue, crawlers })
}
