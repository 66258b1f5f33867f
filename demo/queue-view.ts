import type { RequestQueueClient } from 'apify-client'
import type { Millis } from '../src/domain/time.ts'

/** The counts of the queue, as the API reports them. */
export interface QueueCounts {
  readonly total: number
  readonly handled: number
  readonly pending: number
}

/** A request that a client holds. */
export interface HeldRequest {
  readonly url: string
  readonly clientKey: string
  readonly lockExpiresAt: Millis
}

/** A request in the queue. */
export interface KeptRequest {
  readonly url: string
  readonly handled: boolean
}

/** Of one page. The `limit` of the client is that of all pages together. */
const pageLimit = 1000

export async function readCounts(queue: RequestQueueClient): Promise<QueueCounts> {
  const info = await queue.get()
  if (info === undefined) throw new Error('The queue of the demonstration does not exist any more.')
  return {
    total: info.totalRequestCount,
    handled: info.handledRequestCount,
    pending: info.pendingRequestCount,
  }
}

/** Every request that is locked now. */
export async function readHeld(queue: RequestQueueClient): Promise<HeldRequest[]> {
  const held: HeldRequest[] = []
  for await (const { items } of queue.paginateRequests({ maxPageLimit: pageLimit, filter: ['locked'] })) {
    held.push(...items.map(heldRequest))
  }
  return held
}

/** Every request of the queue. */
export async function readAll(queue: RequestQueueClient): Promise<KeptRequest[]> {
  const kept: KeptRequest[] = []
  for await (const { items } of queue.paginateRequests({ maxPageLimit: pageLimit })) {
    for (const { url, handledAt } of items) kept.push({ url, handled: handledAt !== undefined })
  }
  return kept
}

/**
 * The API reports the holder of a request and the end of its lock (rule 5.5). The types of the client leave
 * them out.
 */
function heldRequest(item: { url: string; lockByClient?: unknown; lockExpiresAt?: unknown }): HeldRequest {
  const { url, lockByClient, lockExpiresAt } = item
  if (typeof lockByClient !== 'string' || !(lockExpiresAt instanceof Date)) {
    throw new Error(`${url} was listed as locked, but without the holder and the end of the lock.`)
  }
  return { url, clientKey: lockByClient, lockExpiresAt: lockExpiresAt.getTime() }
}
