/** The answers of the oracle. */
import type { QueueView } from '../../src/domain/queue.ts'
import {
  type HeadItem,
  type RequestContent,
  type RequestView,
  storedBytes,
} from '../../src/domain/request.ts'
import type { Head } from '../../src/store/params/head-and-locks.ts'
import type { UrlPreview } from '../../src/store/params/requests.ts'
import type { StoredQueue, StoredRequest } from './stored.ts'

/** @param ownerName of the user who owns the queue */
export function viewOfQueue(queue: StoredQueue, ownerName: string): QueueView {
  const { id, ownerId, name, title, generalAccess, createdAt, modifiedAt, accessedAt, requests } = queue
  const { writeCount, readCount, deleteCount, headItemReadCount } = queue
  let storageBytes = 0
  for (const request of requests) storageBytes += storedBytes(request.content)
  return {
    id,
    ownerId,
    ownerName,
    name,
    title,
    generalAccess,
    createdAt,
    modifiedAt,
    accessedAt,
    totalRequestCount: requests.length,
    handledRequestCount: requests.filter((request) => request.content.handledAt !== null).length,
    hadMultipleClients: queue.clientKeys.length > 1,
    stats: { writeCount, readCount, deleteCount, headItemReadCount, storageBytes },
  }
}

export function headAnswer(queue: StoredQueue, requests: StoredRequest[]): Head {
  return {
    queueId: queue.id,
    items: requests.map((request) => headItemOf(request)),
    queueModifiedAt: queue.modifiedAt,
    hadMultipleClients: queue.clientKeys.length > 1,
  }
}

export function headItemOf({ content }: StoredRequest, bytesMax = 2560): HeadItem {
  const { id, uniqueKey, url, method, retryCount } = content
  const bytes = Buffer.byteLength(uniqueKey) + Buffer.byteLength(url)
  if (bytes > bytesMax) return { id, uniqueKey: '', url: '', method, retryCount, longBytes: bytes }
  return { id, uniqueKey, url, method, retryCount }
}

export function viewOfRequest({ content, lock }: StoredRequest): RequestView {
  const { id, uniqueKey, url, method, retryCount, handledAt, otherFields } = content
  return {
    id,
    uniqueKey,
    url,
    method,
    retryCount,
    handledAt,
    otherFields,
    lockExpiresAt: lock === null ? null : lock.expiresAt,
    lockByClient: lock === null ? null : lock.holder.clientKey,
  }
}

/** The first requests that together are not longer than the limit, and at least one. */
export function shortened(requests: StoredRequest[], lengthMax: number): StoredRequest[] {
  let length = 0
  const tooMany = requests.findIndex(({ content: { uniqueKey, url, otherFields } }, index) => {
    length += uniqueKey.length + url.length + otherFields.length
    return length > lengthMax && index > 0
  })
  return tooMany === -1 ? requests : requests.slice(0, tooMany)
}

export function urlPreview({ uniqueKey, url }: RequestContent): UrlPreview {
  const bytes = Buffer.byteLength(url)
  const isRead = Buffer.byteLength(uniqueKey) + bytes <= 65_536
  return { text: isRead ? [...url].slice(0, 301).join('') : null, bytes }
}
