/**
 * The messages between the demonstration and its crawler processes, over the channel of `child_process.fork`.
 */

/** To a crawler: open the queue and report when ready. */
export interface PrepareMessage {
  readonly kind: 'prepare'
  /** Its number among the crawlers, from 1. */
  readonly crawler: number
  readonly baseUrl: string
  readonly token: string
  readonly queueName: string
  readonly lockSecs: number
  /** How many pages it works on at the same time. */
  readonly concurrency: number
}

/** To a crawler: start. Every crawler gets the same start pages. */
export interface CrawlMessage {
  readonly kind: 'crawl'
  readonly startUrls: readonly string[]
}

export type ToCrawler = PrepareMessage | CrawlMessage

/** From a crawler: the queue is open, and this is the client key of its locks. */
export interface ReadyMessage {
  readonly kind: 'ready'
  readonly clientKey: string
}

/** From a crawler: the server has acknowledged that this page is handled. */
export interface FinishedMessage {
  readonly kind: 'finished'
  readonly url: string
  /** Whether the server said that it was handled before. */
  readonly wasAlreadyHandled: boolean
}

/** From a crawler: it could not crawl this page and has given up on it. */
export interface GaveUpMessage {
  readonly kind: 'gaveUp'
  readonly url: string
  readonly reason: string
}

export type FromCrawler = ReadyMessage | FinishedMessage | GaveUpMessage

/** The header by which the site recognizes the crawler. */
export const crawlerHeader = 'x-crawler'
