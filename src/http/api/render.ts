/**
 * Writes answers. Those on the hot path are composed as text directly: they have a few known fields, and the other fields of
 * a request are stored as JSON text already. Tests compare the answers with the schemas of the routes.
 */
import type { QueueView } from '../../domain/queue.ts'
import type { HeadItem, RequestView } from '../../domain/request.ts'
import { toIso } from '../../domain/time.ts'
import type { Head, LockedHead } from '../../store/params/head-and-locks.ts'
import type { FoundRequest } from '../../store/params/insight.ts'
import type { AddedRequest, RequestPage, UpdatedRequest } from '../../store/params/requests.ts'
import type { ListedQueue, Queue } from './schemas.ts'
import { wellFormedMembers } from './well-formed.ts'

/** @param baseUrl where callers reach this server, without a slash at the end */
export function renderQueue(queue: QueueView, baseUrl: string): Queue {
  return {
    ...queueFields(queue),
    // Always present, also as null: the Python SDKs read the member without checking that it exists.
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

/** The parameters of a list call that its answer repeats. */
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

/** @param params those of the call, which the answer repeats */
export function foundPageText(
  items: readonly FoundRequest[],
  { limit, cursor }: Pick<PageParams, 'limit' | 'cursor'>,
  nextCursor: string | null,
): string {
  const repeated = cursor === undefined ? '' : `,"cursor":${JSON.stringify(cursor)}`
  const next = nextCursor === null ? '' : `,"nextCursor":${JSON.stringify(nextCursor)}`
  return `{"data":{"items":[${items.map(foundRequestText).join(',')}],"limit":${limit}${repeated}${next}}}`
}

export function foundRequestAnswerText(request: FoundRequest): string {
  return `{"data":${foundRequestText(request)}}`
}

function foundRequestText(request: FoundRequest): string {
  const { standing, availableAt } = request
  const at = availableAt === null ? '' : `,"availableAt":"${toIso(availableAt)}"`
  // Last, because a caller may have stored a field of the same name.
  return `${requestText(request).slice(0, -1)},"state":"${standing}"${at}}`
}

/**
 * Writes a request. Its other fields already contain their defaults (see `requestContentOf`). Fields that are not set are left
 * out (rule 2.6). Fields that an earlier version stored may contain halves of surrogate pairs.
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

/** Quotes a text that has only letters and digits unless the store is damaged. This is faster than JSON.stringify. */
function plainText(text: string): string {
  return /^[A-Za-z0-9]*$/.test(text) ? `"${text}"` : JSON.stringify(text)
}

export function headText(head: Head, limit: number): string {
  const items = head.items.map((item) => `{${headItemFields(item)}}`)
  return `{"data":{${headFields(head, limit)},"items":[${items.join(',')}]}}`
}

/** @param params the parameters of the call; the answer repeats the client key if the call had one */
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
