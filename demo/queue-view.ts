import type { RequestQueueClient } from 'apify-client'
import type { Millis } from '../src/domain/time.ts'

/** What the API tells about the queue at one moment. */
export interface QueueCounts {
  readonly total: number
  readonly handled: number
  readonly pending: number
}

/** A request that somebody holds. */
export interface HeldRequest {
  readonly url: string
  readonly clientKey: string
  readonly lockExpiresAt: Millis
}

/** A request as the queue keeps it. */
export interface KeptRequest {
  readonly url: string
  readonly handled: boolean
}

const pageLimit = 1000

export async function readCounts(queue: RequestQueueClient): Promise<QueueCounts> {
  const info = await queue.get()
  if (info === undefined) throw new Error('The queue of the demonstration is gone.')
  return {
    total: info.totalRequestCount,
    handled: info.handledRequestCount,
    pending: info.pendingRequestCount,
  }
}

/** Every request that is locked now. */
export async function readHeld(queue: RequestQueueClient): Promise<HeldRequest[]> {
  const held: HeldRequest[] = []
  for await (const { items } of queue.paginateRequests({ limit: pageLimit, filter: ['locked'] })) {
    held.push(...items.map(heldRequest))
  }
  return held
}

/** Every request there is. */
export async function readAll(queue: RequestQueueClient): Promise<KeptRequest[]> {
  const kept: KeptRequest[] = []
  for await (const { items } of queue.paginateRequests({ limit: pageLimit })) {
    for (const { url, handledAt } of items) kept.push({ url, handled: handledAt !== undefined })
  }
  return kept
}

/** The API tells who holds a request, and until when (rule 5.5); the client's types leave that out. */
function heldRequest(item: { url: string; lockByClient?: unknown; lockExpiresAt?: unknown }): HeldRequest {
  const { url, lockByClient, lockExpiresAt } = item
  if (typeof lockByClient !== 'string' || !(lockExpiresAt instanceof Date)) {
    throw new Error(`${url} was listed as locked, without who holds it and until when.`)
  }
  return { url, clientKey: lockByClient, lockExpiresAt: lockExpiresAt.getTime() }
}
