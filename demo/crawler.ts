/**
 * One crawler process: Crawlee's own `CheerioCrawler` on a queue that lives on a Headlock server. Started by
 * `crawler-process.ts`; what differs from a crawler on the hosted platform is the base URL alone.
 */
import { CheerioCrawler } from '@crawlee/cheerio'
import { Configuration, LogLevel, log, RequestQueue } from '@crawlee/core'
import { ApifyClient } from 'apify-client'
import {
  type CrawlMessage,
  crawlerHeader,
  type FromCrawler,
  type PrepareMessage,
  type ToCrawler,
} from './messages.ts'

let prepared: Promise<CheerioCrawler> | undefined

process.on('message', (message: ToCrawler) => {
  // Nobody awaits this: a failure is an unhandled rejection, which ends the process, and the parent sees that.
  void obey(message)
})
// Without the parent there is nothing to do, however it ended.
process.on('disconnect', () => process.exit(1))

async function obey(message: ToCrawler): Promise<void> {
  if (message.kind === 'prepare') prepared = prepare(message)
  else await crawl(message)
}

async function prepare(order: PrepareMessage): Promise<CheerioCrawler> {
  // Warnings tell of locks that ran out while a request waited its turn: that is how the queue works.
  log.setLevel(LogLevel.ERROR)
  // The queue is on the server; what Crawlee stores besides stays in memory.
  const config = new Configuration({ persistStorage: false, purgeOnStart: false })
  const client = new ApifyClient({ baseUrl: order.baseUrl, token: order.token })
  const requestQueue = await RequestQueue.open(order.queueName, { storageClient: client, config })
  reportFinished(requestQueue)

  const crawler = new CheerioCrawler(
    {
      requestQueue,
      minConcurrency: order.concurrency,
      maxConcurrency: order.concurrency,
      useSessionPool: false,
      statisticsOptions: { persistenceOptions: { enable: false } },
      preNavigationHooks: [
        (_context, gotOptions) => {
          gotOptions.headers = { ...gotOptions.headers, [crawlerHeader]: String(order.crawler) }
        },
      ],
      requestHandler: async ({ enqueueLinks }) => {
        await enqueueLinks()
      },
      failedRequestHandler: ({ request }, error) =>
        report({ kind: 'gaveUp', url: request.url, reason: error.message }),
    },
    config,
  )
  // After the crawler was made: its constructor sets a minute at least, too long to wait for in a demonstration.
  requestQueue.requestLockSecs = order.lockSecs
  await report({ kind: 'ready', clientKey: requestQueue.clientKey })
  return crawler
}

async function crawl({ startUrl }: CrawlMessage): Promise<void> {
  const crawler = await prepared
  if (crawler === undefined) throw new Error('A crawler must be prepared before it can crawl.')
  await crawler.run([startUrl])
  process.exit(0)
}

/** Tells the parent of every page that is handled, after the server has acknowledged it and not before. */
function reportFinished(queue: RequestQueue): void {
  const markRequestHandled = queue.markRequestHandled.bind(queue)
  queue.markRequestHandled = async (request) => {
    const info = await markRequestHandled(request)
    await report({ kind: 'finished', url: request.url, wasAlreadyHandled: info?.wasAlreadyHandled ?? false })
    return info
  }
}

/** Resolves when the message is out of this process, so that none is lost when it exits. */
function report(message: FromCrawler): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()))
}
