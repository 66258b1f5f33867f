/** The calls that read the head of a queue of the oracle, and those that lock its requests and release them. */
import { HeadlockError } from '../../src/domain/errors.ts'
import { storedBytes } from '../../src/domain/request.ts'
import type { Millis } from '../../src/domain/time.ts'
import type {
  DeleteLock,
  Head,
  ListHead,
  LockedHead,
  LockHead,
  ProlongLock,
  ReturnLocks,
  UnlockRequests,
} from '../../src/store/params/head-and-locks.ts'
import { headAnswer } from './answers.ts'
import { noteSeen, noteTaken, noteTakenBack } from './client-records.ts'
import { Coverage } from './coverage.ts'
import { givenUp } from './given-up.ts'
import { note } from './history.ts'
import { groupFor, heldBackBy, isFull, noteEndOfWork, noteHandOut } from './policy-rules.ts'
import type { StoredQueue, StoredRequest } from './stored.ts'
import {
  due,
  isForUnlock,
  laterThan,
  locked,
  mayActFor,
  newPlace,
  requestOf,
  scheduled,
  thatFit,
  touch,
} from './stored-queue.ts'

/** Available requests, then those held back, then those scheduled (12.4). */
export function listHead(queue: StoredQueue, params: ListHead, now: Millis): Head {
  const isHeld = ({ content }: StoredRequest) => heldBackBy(queue, groupFor(queue, content), now) !== null
  const ready = due(queue, now)
  const all = [
    ...ready.filter((request) => !isHeld(request)),
    ...ready.filter(isHeld),
    ...scheduled(queue, now),
  ]
  const first = thatFit(all.slice(0, params.limit), 4_000_000, ({ content }) => {
    return content.uniqueKey.length + content.url.length
  })
  if (params.client !== null) {
    touch(queue, params.client, now)
    queue.headItemReadCount += first.length
  }
  return headAnswer(queue, first)
}

/** Goes through all requests in order and asks of each whether it may be handed out now (13.6). */
export function lockHead(
  queue: StoredQueue,
  params: LockHead,
  now: Millis,
  coverage = new Coverage(),
): LockedHead {
  touch(queue, params.client, now)
  coverage.look(queue, now)
  const lockExpiresAt = now + params.lockMs
  const taken: StoredRequest[] = []
  let bytes = 0
  for (const request of due(queue, now)) {
    if (taken.length === params.limit) break
    const group = groupFor(queue, request.content)
    const reason = heldBackBy(queue, group, now)
    if (reason !== null) {
      coverage.heldBack(reason)
      continue
    }
    if (request.lockExpiries >= (queue.policy.lockExpiriesMax ?? Number.POSITIVE_INFINITY)) {
      givenUp(queue, request, now)
      coverage.count('given up')
      continue
    }
    bytes += storedBytes(request.content)
    if (bytes > 8_000_000 && taken.length > 0) break
    taken.push(request)
    request.lock = { holder: params.client, url: request.content.url, expiresAt: lockExpiresAt }
    request.lastHolder = null
    noteHandOut(queue, group, now)
    note(queue, request, 'locked', now, params.client.clientKey, lockExpiresAt)
    queue.writeCount += 1
    queue.modifiedAt = now
  }
  queue.headItemReadCount += taken.length
  coverage.took(queue, taken)
  noteTaken(queue, params.client, taken.length, now)
  // Nothing is left, or somebody has it, or it waits for its time or for its host (12.3).
  const queueHasLockedRequests = queue.requests.some(({ place }) => place !== null)
  return { ...headAnswer(queue, taken), queueHasLockedRequests, lockExpiresAt }
}

/** The hand-outs happened, but no work was done, so none has ended. */
export function returnLocks(queue: StoredQueue, params: ReturnLocks, now: Millis): void {
  queue.accessedAt = now
  for (const request of locked(queue)) {
    if (!params.requestIds.includes(request.content.id)) continue
    if (request.lock?.holder.clientKey !== params.clientKey) continue
    if (request.lock.expiresAt !== params.lockExpiresAt) continue
    request.lock = null
    // It may have been scheduled before its client took it back.
    note(queue, request, 'givenBack', now, params.clientKey, laterThan(now, request.place), 'undelivered')
    queue.modifiedAt = now
  }
}

export function prolongLock(
  queue: StoredQueue,
  params: ProlongLock,
  now: Millis,
  coverage = new Coverage(),
): { lockExpiresAt: Millis } {
  const request = requestOf(queue, params.requestId)
  if (request.place === null) throw new HeadlockError('requestHandled')
  if (request.lock !== null) {
    if (!mayActFor(params.client, request.lock.holder)) throw new HeadlockError('requestLockedByOther')
  } else {
    const takesBack = request.lastHolder !== null && mayActFor(params.client, request.lastHolder)
    if (!takesBack) throw new HeadlockError('lockNotHeld')
    if (isFull(queue, groupFor(queue, request.content))) {
      coverage.count('taking back refused')
      throw new HeadlockError('lockNotHeld')
    }
  }

  touch(queue, params.client, now)
  const lockExpiresAt = now + params.lockMs
  if (request.lock === null) noteTakenBack(queue, params.client, now)
  noteSeen(queue, params.client, now)
  // A lock stays with its client. An expired lock belongs to the client that takes the request back.
  const holder = request.lock === null ? params.client : request.lock.holder
  const { url } = request.lock ?? request.content
  request.lock = { holder, url, expiresAt: lockExpiresAt }
  request.lastHolder = null
  request.lockExpiries = 0
  note(queue, request, 'prolonged', now, params.client.clientKey, lockExpiresAt)
  if (params.side !== undefined && params.side !== request.place.side) {
    request.place = newPlace(queue, params.side, now)
  }
  queue.modifiedAt = now
  return { lockExpiresAt }
}

export function deleteLock(queue: StoredQueue, params: DeleteLock, now: Millis): void {
  const request = requestOf(queue, params.requestId)
  if (request.place === null) throw new HeadlockError('requestHandled')
  if (request.lock !== null && !mayActFor(params.client, request.lock.holder)) {
    throw new HeadlockError('requestLockedByOther')
  }
  touch(queue, params.client, now)
  if (request.lock === null) return
  noteSeen(queue, params.client, now)
  release(queue, request, params.side, params.client.clientKey, now)
}

/** Releases those of the requests that are still meant. Returns how many these were. */
export function unlock(
  queue: StoredQueue,
  params: UnlockRequests,
  requests: readonly StoredRequest[],
  now: Millis,
): number {
  touch(queue, params.client, now)
  const meant = requests.filter((request) => queue.requests.includes(request) && isForUnlock(params, request))
  for (const request of meant) release(queue, request, request.place!.side, params.client.clientKey, now)
  if (meant.length > 0) noteSeen(queue, params.client, now)
  return meant.length
}

function release(
  queue: StoredQueue,
  request: StoredRequest,
  side: DeleteLock['side'],
  clientKey: string,
  now: Millis,
): void {
  noteEndOfWork(queue, groupFor(queue, request.lock!), now)
  request.lock = null
  request.lockExpiries = 0
  request.place = newPlace(queue, side, now)
  note(queue, request, 'givenBack', now, clientKey)
  queue.modifiedAt = now
}
