/** A queue of the oracle and the rules for it, one rule a function. */
import { HeadlockError } from '../../src/domain/errors.ts'
import type { Client } from '../../src/domain/lifecycle.ts'
import type { Side } from '../../src/domain/order.ts'
import type { GeneralAccess } from '../../src/domain/queue.ts'
import type { RequestContent } from '../../src/domain/request.ts'
import type { Millis } from '../../src/domain/time.ts'
import type { UnlockRequests } from '../../src/store/params/head-and-locks.ts'

/**
 * The place of an unhandled request: its side, since when it is available, and a growing number that orders
 * equal times.
 */
export interface Place {
  readonly side: Side
  readonly since: Millis
  readonly sequence: number
}

export interface LiveLock {
  readonly holder: Client
  readonly expiresAt: Millis
}

export interface StoredRequest {
  content: RequestContent
  /** Null when handled. It does not change while the request is locked. */
  place: Place | null
  /** The lock, if it has not expired. `letLocksRunOut` removes expired ones. */
  lock: LiveLock | null
  /** The client whose lock expired, until another client takes the request or it is given back. */
  lastHolder: Client | null
}

export interface StoredQueue {
  readonly id: string
  readonly ownerId: string
  name: string | null
  title: string | null
  generalAccess: GeneralAccess | null
  readonly createdAt: Millis
  modifiedAt: Millis
  accessedAt: Millis
  clientKeys: string[]
  writeCount: number
  readCount: number
  deleteCount: number
  headItemReadCount: number
  lastSequence: number
  requests: StoredRequest[]
}

/**
 * Removes expired locks. The request has been available since the end of the lock, on the side that it had
 * (3.3, 3.6).
 */
export function letLocksRunOut(queue: StoredQueue, now: Millis): void {
  for (const request of queue.requests) {
    if (request.lock === null || now < request.lock.expiresAt) continue
    request.place = { ...request.place!, since: request.lock.expiresAt }
    request.lastHolder = request.lock.holder
    request.lock = null
  }
}

/** A successful call of a client (7.2, 7.3). */
export function touch(queue: StoredQueue, client: Client, now: Millis): void {
  queue.accessedAt = now
  if (!queue.clientKeys.includes(client.clientKey)) queue.clientKeys.push(client.clientKey)
}

/** The holder itself, or a client of the same run (5.1). */
export function mayActFor(client: Client, holder: Client): boolean {
  if (client.clientKey === holder.clientKey) return true
  return client.runId !== null && client.runId === holder.runId
}

export function requestOf(queue: StoredQueue, requestId: string): StoredRequest {
  const request = queue.requests.find((request) => request.content.id === requestId)
  if (request === undefined) throw new HeadlockError('requestNotFound')
  return request
}

export function add(queue: StoredQueue, content: RequestContent, side: Side, now: Millis): void {
  const place = content.handledAt === null ? newPlace(queue, side, now) : null
  queue.requests.push({ content, place, lock: null, lastHolder: null })
  queue.writeCount += 1
  queue.modifiedAt = now
}

/** Deletes the request, if it exists. */
export function remove(queue: StoredQueue, requestId: string, now: Millis): void {
  const index = queue.requests.findIndex((request) => request.content.id === requestId)
  if (index === -1) return
  queue.requests.splice(index, 1)
  queue.deleteCount += 1
  queue.modifiedAt = now
}

export function newPlace(queue: StoredQueue, side: Side, now: Millis): Place {
  queue.lastSequence += 1
  return { side, since: now, sequence: queue.lastSequence }
}

export function locked(queue: StoredQueue): StoredRequest[] {
  return queue.requests.filter((request) => request.lock !== null)
}

/** The requests that can be handed out, in order. */
export function available(queue: StoredQueue): StoredRequest[] {
  return inOrder(queue.requests.filter((request) => request.place !== null && request.lock === null))
}

/** The first requests whose lengths sum up to no more than `most`, and at least one. */
export function thatFit(
  requests: StoredRequest[],
  most: number,
  sizeOf: (request: StoredRequest) => number,
): StoredRequest[] {
  const fitting: StoredRequest[] = []
  let sum = 0
  for (const request of requests) {
    sum += sizeOf(request)
    if (sum > most && fitting.length > 0) break
    fitting.push(request)
  }
  return fitting
}

/** Whether the lock is held by the client key, or by the run (5.4). */
export function isForUnlock({ client, hasClientKey }: UnlockRequests, { lock }: StoredRequest): boolean {
  if (lock === null) return false
  if (hasClientKey && lock.holder.clientKey === client.clientKey) return true
  return client.runId !== null && lock.holder.runId === client.runId
}

/** In the order in which they got their places, on either side. */
export function asTheyCame(requests: StoredRequest[]): StoredRequest[] {
  return [...requests].sort((a, b) => {
    if (a.place!.since !== b.place!.since) return a.place!.since - b.place!.since
    return a.place!.sequence - b.place!.sequence
  })
}

/** The forefront as a stack, latest first; then the others in the order of their places. */
export function inOrder(requests: StoredRequest[]): StoredRequest[] {
  const sorted = asTheyCame(requests)
  const forefront = sorted.filter((request) => request.place!.side === 'forefront')
  const end = sorted.filter((request) => request.place!.side === 'end')
  return [...forefront.reverse(), ...end]
}
