/**
 * What the domain knows, in the words of the API. Answers on the hot path are written as text at once: they
 * are a few known fields, and everything else of a request is stored as the text that belongs there. Tests
 * hold them against the schemas that the routes declare.
 */
import type { QueueView } from '../../domain/queue.ts'
import type { HeadItem, RequestView } from '../../domain/request.ts'
import { toIso } from '../../domain/time.ts'
import type { Head, LockedHead } from '../../store/params/head-and-locks.ts'
import type { AddedRequest, RequestPage, UpdatedRequest } from '../../store/params/requests.ts'
import type { ListedQueue, Queue } from './schemas.ts'
import { wellFormedMembers } from './well-formed.ts'

/** @param baseUrl where callers reach this server, without a slash at the end */
export function renderQueue(queue: QueueView, baseUrl: string): Queue {
  return {
    ...queueFields(queue),
    // Always there, also as null: the SDKs for Python read the member without asking whether it is there.
    name: queue.name,
    consoleUrl: `${baseUrl}/console/queues/${queue.id}`,
  }
}

export function renderListedQueue(queue: QueueView): ListedQueue {
  // The official description wants a text here, and the clients agree (rule 10).
  return { ...queueFields(queue), name: queue.name ?? '', username: queue.ownerName }
}

function queueFields(queue: QueueView) {
  return {
    id: queue.id,
    userId: queue.ownerId,
    ...(queue.title === null ? {} : { title: queue.title }),
    ...(queue.generalAccess === null ? {} : { generalAccess: queue.generalAccess }),
    createdAt: toIso(queue.createdAt),
    modifiedAt: toIso(queue.modifiedAt),
    accessedAt: toIso(queue.accessedAt),
    totalRequestCount: queue.totalRequestCount,
    handledRequestCount: queue.handledRequestCount,
    pendingRequestCount: queue.totalRequestCount - queue.handledRequestCount,
    hadMultipleClients: queue.hadMultipleClients,
    stats: queue.stats,
  }
}

export function registrationText(result: UpdatedRequest): string {
  return `{"data":{"requestId":"${result.requestId}",${wasText(result)}}}`
}

export function addedBatchText(results: readonly AddedRequest[]): string {
  const processed = results.map(
    (result) =>
      `{"requestId":"${result.requestId}","uniqueKey":${JSON.stringify(result.uniqueKey)},` +
      `${wasText(result)}}`,
  )
  return `{"data":{"processedRequests":[${processed.join(',')}],"unprocessedRequests":[]}}`
}

function wasText({ wasAlreadyPresent, wasAlreadyHandled }: UpdatedRequest | AddedRequest): string {
  return `"wasAlreadyPresent":${wasAlreadyPresent},"wasAlreadyHandled":${wasAlreadyHandled}`
}

export function requestAnswerText(request: RequestView): string {
  return `{"data":${requestText(request)}}`
}

/** What page was asked for, as far as the answer repeats it. */
export interface PageParams {
  readonly limit: number
  readonly exclusiveStartId: string | undefined
  readonly cursor: string | undefined
}

export function requestPageText(page: RequestPage, params: PageParams, nextCursor: string | null): string {
  const { limit, exclusiveStartId, cursor } = params
  const items = page.items.map(requestText).join(',')
  const repeated = [
    exclusiveStartId === undefined ? '' : `,"exclusiveStartId":${JSON.stringify(exclusiveStartId)}`,
    cursor === undefined ? '' : `,"cursor":${JSON.stringify(cursor)}`,
    nextCursor === null ? '' : `,"nextCursor":${JSON.stringify(nextCursor)}`,
  ]
  return `{"data":{"items":[${items}],"limit":${limit}${repeated.join('')}}}`
}

/**
 * Its other fields already have their defaults (see `requestContentOf`), and what is not set is left out (rule 2.6). Those that an
 * earlier version stored may have halves of surrogate pairs.
 */
function requestText(request: RequestView): string {
  let text = `{${headItemFields(request)}`
  if (request.otherFields !== '') text += `,${wellFormedMembers(request.otherFields)}`
  if (request.handledAt !== null) text += `,"handledAt":"${toIso(request.handledAt)}"`
  if (request.lockExpiresAt !== null) {
    text += `,"lockExpiresAt":"${toIso(request.lockExpiresAt)}"`
    text += `,"lockByClient":${JSON.stringify(request.lockByClient)}`
  }
  return `${text}}`
}

function headItemFields({ id, uniqueKey, url, method, retryCount }: HeadItem): string {
  return (
    `"id":${plainText(id)},"uniqueKey":${JSON.stringify(uniqueKey)},"url":${JSON.stringify(url)},` +
    `"method":${plainText(method)},"retryCount":${retryCount}`
  )
}

/** In quotes. What has only letters and digits, unless the store is damaged, costs less than other texts. */
function plainText(text: string): string {
  return /^[A-Za-z0-9]*$/.test(text) ? `"${text}"` : JSON.stringify(text)
}

export function headText(head: Head, limit: number): string {
  const items = head.items.map((item) => `{${headItemFields(item)}}`)
  return `{"data":{${headFields(head, limit)},"items":[${items.join(',')}]}}`
}

/** @param ask what the caller gave; its client key is repeated only where there was one */
export function lockedHeadText(
  head: LockedHead,
  params: { limit: number; lockSecs: number; clientKey: string | undefined },
): string {
  const { limit, lockSecs, clientKey } = params
  const lock = `"lockExpiresAt":"${toIso(head.lockExpiresAt)}"`
  const items = head.items.map((item) => `{${headItemFields(item)},${lock}}`)
  return (
    `{"data":{${headFields(head, limit)},"queueHasLockedRequests":${head.queueHasLockedRequests},` +
    (clientKey === undefined ? '' : `"clientKey":${JSON.stringify(clientKey)},`) +
    `"lockSecs":${Math.ceil(lockSecs)},"items":[${items.join(',')}]}}`
  )
}

function headFields(head: Head, limit: number): string {
  return (
    `"limit":${limit},"queueModifiedAt":"${toIso(head.queueModifiedAt)}",` +
    `"hadMultipleClients":${head.hadMultipleClients}`
  )
}

export function lockText(lockExpiresAt: number): string {
  return `{"data":{"lockExpiresAt":"${toIso(lockExpiresAt)}"}}`
}
