/** Copies and compares the contents of a queue of the oracle. */
import type { StoredQueue, StoredRequest } from '../oracle/stored.ts'

/** A copy that later calls on the original do not change. */
export function copyOf(queue: StoredQueue): StoredQueue {
  return {
    ...queue,
    clientKeys: [...queue.clientKeys],
    requests: queue.requests.map((request) => ({ ...request })),
    groups: new Map(queue.groups),
    clients: new Map(queue.clients),
  }
}

/**
 * Equal for two queues that no call can tell apart, now or later. Both must have been accessed at the same
 * time: a queue that was not still has locks that have expired since.
 */
export function textOf(queue: StoredQueue): string {
  const { clientKeys, lastSequence: _, requests, groups, clients: records, ...others } = queue
  // Calls only show whether there were several clients, and which one was the first.
  const clients = clientKeys.length > 1 ? 'several' : clientKeys
  const placed = requests.filter(({ place }) => place !== null)
  // Only the order of the sequence numbers matters.
  const inOrderOfPlaces = placed.sort((a, b) => a.place!.sequence - b.place!.sequence).map(textOfRequest)
  const handled = requests.filter(({ place }) => place === null)
  const groupRecords = [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([
    others,
    clients,
    inOrderOfPlaces,
    handled.map(textOfRequest).sort(),
    groupRecords,
    [...records].sort(),
  ])
}

function textOfRequest(request: StoredRequest): string {
  const { content, place, lock, lastHolder, lockExpiries, events, isGivenUp } = request
  const { uniqueKey, url, retryCount, handledAt, otherFields, wishes } = content
  return JSON.stringify([
    [uniqueKey, url, retryCount, handledAt, otherFields, wishes],
    place === null ? null : [place.side, place.since],
    lock,
    lastHolder,
    lockExpiries,
    events,
    isGivenUp,
  ])
}
