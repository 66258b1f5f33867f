/**
 * One crawler process: Crawlee's own `CheerioCrawler` with a queue on a Headlock server. `crawler-process.ts`
 * starts it. Only the base URL differs from a crawler on the hosted platform.
 */
import type { LookupFunction } from 'node:net'
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
  // Nothing awaits this. A failure is an unhandled rejection, which ends the process, and the parent sees
  // that.
  void obey(message)
})
// Without its parent the crawler has nothing to do.
process.on('disconnect', () => process.exit(1))

async function obey(message: ToCrawler): Promise<void> {
  if (message.kind === 'prepare') prepared = prepare(message)
  else await crawl(message)
}

async function prepare(order: PrepareMessage): Promise<CheerioCrawler> {
  // Crawlee warns of locks that expire while a request waits for its turn. That is normal here.
  log.setLevel(LogLevel.ERROR)
  // The queue is on the server. Everything else that Crawlee stores stays in memory.
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
          // The sites of the demonstration are on this machine, whatever their names.
          gotOptions.dnsLookup = onThisMachine
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
  // Set after the crawler was created: its constructor sets at least a minute, which is too long for a
  // demonstration.
  requestQueue.requestLockSecs = order.lockSecs
  await report({ kind: 'ready', clientKey: requestQueue.clientKey })
  return crawler
}

function onThisMachine(...[, { all }, found]: Parameters<LookupFunction>): void {
  if (all === true) found(null, [{ address: '127.0.0.1', family: 4 }])
  else found(null, '127.0.0.1', 4)
}

async function crawl({ startUrls }: CrawlMessage): Promise<void> {
  const crawler = await prepared
  if (crawler === undefined) throw new Error('A crawler must be prepared before it can crawl.')
  await crawler.run([...startUrls])
  process.exit(0)
}

/** Reports every handled page to the parent, once the server has acknowledged it. */
function reportFinished(queue: RequestQueue): void {
  const markRequestHandled = queue.markRequestHandled.bind(queue)
  queue.markRequestHandled = async (request) => {
    const info = await markRequestHandled(request)
    await report({ kind: 'finished', url: request.url, wasAlreadyHandled: info?.wasAlreadyHandled ?? false })
    return info
  }
}

/** Resolves when the message has left this process, so that none is lost when it exits. */
function report(message: FromCrawler): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()))
}
