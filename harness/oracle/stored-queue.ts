/** The rules on one queue of the oracle, one rule a function. */
import { HeadlockError } from '../../src/domain/errors.ts'
import type { Client } from '../../src/domain/lifecycle.ts'
import type { Side } from '../../src/domain/order.ts'
import type { RequestContent } from '../../src/domain/request.ts'
import type { Millis } from '../../src/domain/time.ts'
import type { UnlockRequests } from '../../src/store/params/head-and-locks.ts'
import { noteLost } from './client-records.ts'
import { note, noteRanOut } from './history.ts'
import { groupFor, keepGroups, noteEndOfWork, priorityOf, wishedTime } from './policy-rules.ts'
import type { Place, StoredQueue, StoredRequest } from './stored.ts'

/**
 * Removes expired locks. The request has been available since the end of the lock, on the side that it had
 * (3.3, 3.6).
 */
export function letLocksRunOut(queue: StoredQueue, now: Millis): void {
  for (const request of queue.requests) {
    if (request.lock === null || now < request.lock.expiresAt) continue
    request.place = { ...request.place!, since: request.lock.expiresAt }
    request.lastHolder = request.lock.holder
    noteLost(queue, request.lock.holder)
    request.lockExpiries += 1
    noteEndOfWork(queue, groupFor(queue, request.lock), request.lock.expiresAt)
    noteRanOut(queue, request, request.lock.expiresAt)
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

export function add(
  queue: StoredQueue,
  content: RequestContent,
  side: Side,
  { clientKey }: Client,
  now: Millis,
): void {
  if (content.wishes?.priority !== undefined) keepGroups(queue)
  const place = content.handledAt === null ? newPlace(queue, side, wishedTime(content, now)) : null
  const request = {
    content,
    place,
    lock: null,
    lastHolder: null,
    lockExpiries: 0,
    isGivenUp: false,
    events: [],
  }
  queue.requests.push(request)
  note(queue, request, 'added', now, clientKey, laterThan(now, place))
  if (place === null) note(queue, request, 'handled', now, clientKey)
  queue.writeCount += 1
  queue.modifiedAt = now
}

/** Deletes the request, if it exists. */
export function remove(queue: StoredQueue, requestId: string, now: Millis): void {
  const index = queue.requests.findIndex((request) => request.content.id === requestId)
  if (index === -1) return
  const [{ lock }] = queue.requests.splice(index, 1) as [StoredRequest]
  if (lock !== null) noteEndOfWork(queue, groupFor(queue, lock), now)
  queue.deleteCount += 1
  queue.modifiedAt = now
}

/** @param since now, or later for a scheduled request */
export function newPlace(queue: StoredQueue, side: Side, since: Millis): Place {
  queue.lastSequence += 1
  return { side, since, sequence: queue.lastSequence }
}

/** The moment from which on a request may be handed out, if that is later. */
export function laterThan(now: Millis, place: Place | null): Millis | null {
  return place !== null && place.since > now ? place.since : null
}

export function locked(queue: StoredQueue): StoredRequest[] {
  return queue.requests.filter((request) => request.lock !== null)
}

/** The requests that nobody holds and whose time has come, in order. The policy may hold them back. */
export function due(queue: StoredQueue, now: Millis): StoredRequest[] {
  return inOrder(
    queue,
    waiting(queue).filter(({ place }) => place!.since <= now),
  )
}

/**
 * The requests that nobody holds and whose time has not come, by that time. Those of one time come in the order
 * of their places, the forefront as a stack first.
 */
export function scheduled(queue: StoredQueue, now: Millis): StoredRequest[] {
  const later = asTheyCame(waiting(queue).filter(({ place }) => place!.since > now))
  const forefront = later.filter(({ place }) => place!.side === 'forefront').reverse()
  const end = later.filter(({ place }) => place!.side === 'end')
  return [...forefront, ...end].sort((a, b) => a.place!.since - b.place!.since)
}

function waiting(queue: StoredQueue): StoredRequest[] {
  return queue.requests.filter((request) => request.place !== null && request.lock === null)
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

/** The forefront as a stack, latest first; then the others by their priorities and places. */
export function inOrder(queue: StoredQueue, requests: StoredRequest[]): StoredRequest[] {
  const sorted = asTheyCame(requests)
  const forefront = sorted.filter((request) => request.place!.side === 'forefront')
  const end = sorted.filter((request) => request.place!.side === 'end')
  // The sort is stable: inside one priority they stay in the order of their places.
  end.sort((a, b) => priorityOf(queue, b) - priorityOf(queue, a))
  return [...forefront.reverse(), ...end]
}
