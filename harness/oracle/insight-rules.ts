/** What people see of a queue of the oracle (section 14 of the rules): by looking at each request. */

import { failureText } from '../../src/domain/insight/failure.ts'
import type { RequestFilter } from '../../src/domain/insight/request-filter.ts'
import type { Standing } from '../../src/domain/insight/standing.ts'
import type { HoldReason } from '../../src/domain/policy/group.ts'
import type { Millis } from '../../src/domain/time.ts'
import type {
  Explanation,
  FindRequests,
  FoundPage,
  FoundRequest,
  HeldBack,
  LocksOfClient,
} from '../../src/store/params/insight.ts'
import { shortened, viewOfRequest } from './answers.ts'
import { lockHead } from './lock-rules.ts'
import { momentsAhead } from './moments.ts'
import { groupFor, heldBackBy } from './policy-rules.ts'
import type { StoredQueue, StoredRequest } from './stored.ts'
import { due, letLocksRunOut, locked } from './stored-queue.ts'

/** Where the request stands (12.1). @param queue whose expired locks are removed */
export function standingOf(queue: StoredQueue, request: StoredRequest, now: Millis): Standing {
  const { content, place, lock } = request
  if (place === null) return hasFailed(request) ? 'failed' : 'handled'
  if (lock !== null) return 'locked'
  if (now < place.since) return 'scheduled'
  return heldBackBy(queue, groupFor(queue, content), now) === null ? 'available' : 'held'
}

/** 14.4. Crawlee's state 6 is ERROR. */
export function hasFailed({ content, isGivenUp }: StoredRequest): boolean {
  const { errorMessages, userData }: { errorMessages?: unknown[]; userData?: CrawleeData } = JSON.parse(
    `{${content.otherFields}}`,
  )
  if (errorMessages === undefined || errorMessages.length === 0) return false
  const state = userData?.__crawlee?.state
  return isGivenUp || state === undefined || state === 6
}

interface CrawleeData {
  readonly __crawlee?: { readonly state?: unknown }
}

export function explain(queue: StoredQueue, now: Millis): Explanation {
  const all = queue.requests.map((request) => standingOf(queue, request, now))
  const count = (...kinds: Standing[]) => all.filter((standing) => kinds.includes(standing)).length
  const counts = {
    available: count('available'),
    locked: count('locked'),
    scheduled: count('scheduled'),
    held: count('held'),
    handled: count('handled', 'failed'),
    failed: count('failed'),
  }
  return {
    queueId: queue.id,
    readAt: now,
    isPaused: queue.policy.isPaused,
    isBuilding: false,
    givesUp: queue.policy.lockExpiriesMax !== null,
    unhandledCount: all.length - counts.handled,
    counts,
    capped: [],
    locked: holders(queue),
    held: heldHosts(queue, now),
    nextAvailableAt: counts.available > 0 ? null : firstMoment(queue, now, hasAvailable),
    next: handedOutNow(queue, now),
  }
}

/** A head/lock on a copy shows it. */
function handedOutNow(queue: StoredQueue, now: Millis): Explanation['next'] {
  const client = { clientKey: 'nobody', runId: null }
  const params = { userId: queue.ownerId, queue: { queueId: queue.id }, client, limit: 25, lockMs: 1000 }
  return lockHead(structuredClone(queue), params, now).items
}

function holders(queue: StoredQueue): LocksOfClient[] {
  const byHolder = Map.groupBy(locked(queue), ({ lock }) => JSON.stringify(keyOf(lock!.holder)))
  return [...byHolder.values()]
    .map((requests) => {
      const { clientKey, runId } = requests[0]!.lock!.holder
      const nextExpiryAt = Math.min(...requests.map(({ lock }) => lock!.expiresAt))
      return { clientKey, runId, count: requests.length, nextExpiryAt }
    })
    .sort((a, b) => b.count - a.count || (keyOf(a).join() < keyOf(b).join() ? -1 : 1))
}

function keyOf({ clientKey, runId }: { clientKey: string; runId: string | null }): [string, string | null] {
  return [clientKey, runId]
}

function heldHosts(queue: StoredQueue, now: Millis): HeldBack[] {
  if (queue.policy.isPaused) return []
  const byHost = Map.groupBy(due(queue, now), ({ content }) => groupFor(queue, content))
  const held: HeldBack[] = []
  for (const [host, requests] of byHost) {
    const reason = heldBackBy(queue, host, now) as HoldReason | null
    if (reason === null) continue
    const until = firstMoment(queue, now, (later, at) => heldBackBy(later, host, at) === null)
    held.push({ host, reason, count: requests.length, until })
  }
  return held.sort((a, b) => b.count - a.count || (a.host < b.host ? -1 : 1))
}

function hasAvailable(queue: StoredQueue, now: Millis): boolean {
  return queue.requests.some((request) => standingOf(queue, request, now) === 'available')
}

/** Lets time go from one moment at which something changes to the next. Null: it never becomes true. */
export function firstMoment(
  queue: StoredQueue,
  now: Millis,
  isTrue: (queue: StoredQueue, at: Millis) => boolean,
): Millis | null {
  const later = structuredClone(queue)
  for (let at: Millis | undefined = now; at !== undefined; [at] = momentsAhead(later, at)) {
    letLocksRunOut(later, at)
    if (isTrue(later, at)) return at
  }
  return null
}

/** Whether all that the filter says is true of the request (14.4). */
export function isChosen(
  queue: StoredQueue,
  filter: RequestFilter,
  request: StoredRequest,
  now: Millis,
): boolean {
  const { states, url, host, label, error, client, run, retryCountMin } = filter
  const { content, lock } = request
  const fields: { errorMessages?: string[]; userData?: { label?: unknown } } = JSON.parse(
    `{${content.otherFields}}`,
  )
  const messages = fields.errorMessages ?? []
  const standing = standingOf(queue, request, now)
  const wanted = [...(states ?? [standing])]
  if (wanted.includes('handled')) wanted.push('failed')
  const hostname = new URL(content.url.trim()).hostname
  return (
    wanted.includes(standing) &&
    content.url.includes(url ?? '') &&
    (host === null || hostname === host || groupFor(queue, content) === host) &&
    (label === null || fields.userData?.label === label) &&
    (error === null ||
      messages.some((message) => message.includes(error)) ||
      messages.slice(-1).map(failureText).includes(error)) &&
    (client === null || lock?.holder.clientKey === client) &&
    (run === null || (lock !== null && (lock.holder.runId ?? '(none)') === run)) &&
    content.retryCount >= retryCountMin
  )
}

/** Examines all requests, whatever the bound. Stores show the same once a walk is at its end. */
export function findRequests(queue: StoredQueue, params: FindRequests, now: Millis): FoundPage {
  const { filter, afterId, limit, lengthMax = Number.POSITIVE_INFINITY } = params
  const found = queue.requests
    .filter((request) => request.content.id > (afterId ?? '') && isChosen(queue, filter, request, now))
    .sort((a, b) => (a.content.id < b.content.id ? -1 : 1))
  const page = shortened(found.slice(0, limit), lengthMax)
  return {
    items: page.map((request) => foundRequest(queue, request, now)),
    nextAfterId: found.length > page.length ? page.at(-1)!.content.id : null,
  }
}

export function foundRequest(queue: StoredQueue, request: StoredRequest, now: Millis): FoundRequest {
  const standing = standingOf(queue, request, now)
  const availableAt = standing === 'scheduled' ? request.place!.since : null
  const lockRunId = request.lock?.holder.runId ?? null
  return { ...viewOfRequest(request), standing, availableAt, lockRunId }
}
