/** What a queue of the oracle holds, to be kept beside other things that it may hold as well. */
import type { StoredQueue, StoredRequest } from '../oracle/stored-queue.ts'

/** A copy that calls on the original leave as it is. */
export function copyOf(queue: StoredQueue): StoredQueue {
  return {
    ...queue,
    clientKeys: [...queue.clientKeys],
    requests: queue.requests.map((request) => ({ ...request })),
  }
}

/**
 * The same for two queues that nothing can tell from each other, now or later. Both have to have been looked at at the same
 * time: locks that ran out since are still in a queue that was not.
 */
export function textOf(queue: StoredQueue): string {
  const { clientKeys, lastSequence: _, requests, ...others } = queue
  // Only whether there were several is ever seen, and which one was the first.
  const clients = clientKeys.length > 1 ? 'several' : clientKeys
  const placed = requests.filter(({ place }) => place !== null)
  // Of the numbers of places only their order counts.
  const inOrderOfPlaces = placed.sort((a, b) => a.place!.sequence - b.place!.sequence).map(textOfRequest)
  const handled = requests.filter(({ place }) => place === null)
  return JSON.stringify([others, clients, inOrderOfPlaces, handled.map(textOfRequest).sort()])
}

function textOfRequest({ content, place, lock, lastHolder }: StoredRequest): string {
  const { uniqueKey, retryCount, handledAt, otherFields } = content
  return JSON.stringify([
    [uniqueKey, retryCount, handledAt, otherFields],
    place === null ? null : [place.side, place.since],
    lock,
    lastHolder,
  ])
}
