/** Crawlee in its default setup, connected to a server. It stores nothing on disk. */
import { Configuration, LogLevel, log, RequestQueue } from '@crawlee/core'
import { apifyClient } from '../clients.ts'

// Crawlee warns of each lock that it loses. The tests take some locks away on purpose.
log.setLevel(LogLevel.OFF)

/** How long Crawlee locks a request unless the crawler says otherwise. */
export const crawleeLockMs = 180_000

export interface CrawleeProcess {
  readonly config: Configuration
  readonly queue: RequestQueue
}

/**
 * One process that works on the named queue. It has a Crawlee configuration of its own, because Crawlee
 * caches open storages there, and so also a client key of its own.
 */
export async function startCrawlee(
  server: { url: string; token: string },
  queueName: string,
): Promise<CrawleeProcess> {
  const config = new Configuration({ persistStorage: false, purgeOnStart: false })
  const storageClient = apifyClient(server)
  const queue = await RequestQueue.open(queueName, { config, storageClient })
  return { config, queue }
}

/** Two processes on one queue. */
export async function startTwo(
  server: { url: string; token: string },
  queueName = 'shared',
): Promise<{ a: RequestQueue; b: RequestQueue }> {
  const { queue: a } = await startCrawlee(server, queueName)
  const { queue: b } = await startCrawlee(server, queueName)
  return { a, b }
}

/** Fetches requests until none is left, without finishing any. Returns their unique keys in order. */
export async function fetchAll(queue: RequestQueue): Promise<string[]> {
  const keys: string[] = []
  for await (const request of queue) keys.push(request.uniqueKey)
  return keys
}
