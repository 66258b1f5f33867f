/** The calls that add, change, delete and list requests of a queue of the oracle. */

import type { Millis } from '../../src/domain/time.ts'
import type { ClientParams } from '../../src/store/params/clients.ts'
import type {
  AddedRequest,
  AddRequests,
  DeleteRequests,
  ListRequests,
  RequestPage,
  RequestParams,
  UpdatedRequest,
  UpdateRequest,
} from '../../src/store/params/requests.ts'
import { shortened, viewOfRequest } from './answers.ts'
import { noteHandled, noteSeen } from './client-records.ts'
import { note } from './history.ts'
import {
  groupFor,
  keepGroups,
  noteEndOfWork,
  retryTime,
  revisitTime,
  slowDown,
  speedUp,
  wishedTime,
} from './policy-rules.ts'
import type { StoredQueue, StoredRequest } from './stored.ts'
import { add, laterThan, mayActFor, newPlace, remove, requestOf, touch } from './stored-queue.ts'

export function addRequests(queue: StoredQueue, params: AddRequests, now: Millis): AddedRequest[] {
  touch(queue, params.client, now)
  return params.requests.map((content) => {
    const present = queue.requests.find((request) => request.content.id === content.id)
    if (present === undefined) add(queue, content, params.side, params.client, now)
    return {
      requestId: content.id,
      uniqueKey: content.uniqueKey,
      wasAlreadyPresent: present !== undefined,
      wasAlreadyHandled: present !== undefined && present.content.handledAt !== null,
    }
  })
}

export function updateRequest(queue: StoredQueue, params: UpdateRequest, now: Millis): UpdatedRequest {
  touch(queue, params.client, now)
  const requestId = params.request.id
  const request = queue.requests.find((request) => request.content.id === requestId)
  if (request === undefined) {
    add(queue, params.request, params.side, params.client, now)
    return { requestId, wasAlreadyPresent: false, wasAlreadyHandled: false }
  }

  if (params.request.wishes?.priority !== undefined) keepGroups(queue)
  const wasAlreadyHandled = request.content.handledAt !== null
  request.isGivenUp = false
  queue.writeCount += 1
  queue.modifiedAt = now
  const holder = request.lock?.holder ?? request.lastHolder
  if (holder !== null && mayActFor(params.client, holder)) noteSeen(queue, params.client, now)
  if (params.request.handledAt !== null) {
    if (holder !== null && !wasAlreadyHandled) noteHandled(queue, holder)
    if (!wasAlreadyHandled) handled(queue, request, now)
    if (!wasAlreadyHandled) note(queue, request, 'handled', now, params.client.clientKey)
    request.content = params.request
  } else if (request.lock !== null && !mayActFor(params.client, request.lock.holder)) {
    // Another client holds it, so only the data change (6.4).
    request.content = params.request
  } else {
    // It was handled (6.3), its holder gives it back, or it was not locked (6.4).
    const availableAt = wasAlreadyHandled
      ? wishedTime(params.request, now)
      : givenBack(queue, request, params, now)
    request.place = newPlace(queue, params.side, availableAt)
    request.lock = null
    request.lockExpiries = 0
    // A client that gives a request back cannot take it back. An update by another client leaves that right
    // to the last holder.
    if (request.lastHolder !== null && mayActFor(params.client, request.lastHolder)) request.lastHolder = null
    request.content = params.request
    const event = wasAlreadyHandled ? 'reopened' : 'givenBack'
    note(queue, request, event, now, params.client.clientKey, laterThan(now, request.place))
  }
  return { requestId, wasAlreadyPresent: true, wasAlreadyHandled }
}

/** Handled, whoever held it (6.2, 6.8). The site whose request it was has been asked. */
function handled(queue: StoredQueue, request: StoredRequest, now: Millis): void {
  const group = groupFor(queue, request.lock ?? request.content)
  if (request.lock !== null) noteEndOfWork(queue, group, now)
  speedUp(queue, group)
  request.place = null
  request.lock = null
  request.lastHolder = null
  request.lockExpiries = 0
}

/** Given back (6.4). Returns when the request may be handed out again. */
function givenBack(
  queue: StoredQueue,
  request: StoredRequest,
  { request: next }: UpdateRequest,
  now: Millis,
): Millis {
  const group = groupFor(queue, request.lock ?? request.content)
  if (request.lock !== null) noteEndOfWork(queue, group, now)
  const wished = wishedTime(next, now)
  if (next.retryCount <= request.content.retryCount) return wished
  slowDown(queue, group)
  return Math.max(wished, retryTime(queue, next.retryCount, now))
}

/** Handled requests whose time has come are pending again, at the end (13.9). Returns whether there were any. */
export function revisit(queue: StoredQueue, now: Millis): boolean {
  const due = queue.requests
    .map((request) => ({ request, at: revisitTime(queue, request) }))
    .filter(({ at }) => at !== null && at <= now)
    .sort((a, b) => a.at! - b.at! || (a.request.content.id < b.request.content.id ? -1 : 1))
  for (const { request } of due) {
    request.content = { ...request.content, handledAt: null }
    request.isGivenUp = false
    request.place = newPlace(queue, 'end', now)
    note(queue, request, 'reopened', now, null, null, 'revisit')
    queue.modifiedAt = now
  }
  return due.length > 0
}

export function deleteRequest(queue: StoredQueue, params: RequestParams & ClientParams, now: Millis): void {
  requestOf(queue, params.requestId)
  touch(queue, params.client, now)
  remove(queue, params.requestId, now)
}

export function deleteRequests(queue: StoredQueue, params: DeleteRequests, now: Millis): void {
  touch(queue, params.client, now)
  for (const requestId of params.requestIds) remove(queue, requestId, now)
}

export function listRequests(queue: StoredQueue, params: ListRequests, now: Millis): RequestPage {
  if (params.client !== null) touch(queue, params.client, now)
  let found = [...queue.requests].sort((a, b) => (a.content.id < b.content.id ? -1 : 1))
  const { afterId, filter } = params
  if (afterId !== null) found = found.filter((request) => request.content.id > afterId)
  if (filter !== null) {
    found = found.filter((request) => {
      if (request.content.handledAt !== null) return false
      return filter.includes(request.lock === null ? 'pending' : 'locked')
    })
  }
  const page = shortened(found.slice(0, params.limit), params.lengthMax ?? Number.POSITIVE_INFINITY)
  if (params.client !== null) queue.readCount += page.length
  return { items: page.map(viewOfRequest), hasMore: found.length > page.length }
}
