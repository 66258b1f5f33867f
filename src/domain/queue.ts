import { limits } from './limits.ts'
import type { Millis } from './time.ts'

export const generalAccessValues = [
  'ANYONE_WITH_ID_CAN_READ',
  'ANYONE_WITH_NAME_CAN_READ',
  'FOLLOW_USER_SETTING',
  'RESTRICTED',
] as const
export type GeneralAccess = (typeof generalAccessValues)[number]

/** The statistics of a queue (rule 7.4). */
export interface QueueStats {
  /** +1 for each request added, locked or updated. */
  readonly writeCount: number
  /** + the number of requests read or listed. */
  readonly readCount: number
  /** + the number of requests deleted. */
  readonly deleteCount: number
  /** + the number of requests a head call returned. */
  readonly headItemReadCount: number
  /** The sum of `storedBytes` of all its requests. */
  readonly storageBytes: number
}

/** A queue as calls see it. */
export interface QueueView {
  readonly id: string
  readonly ownerId: string
  readonly ownerName: string
  readonly name: string | null
  readonly title: string | null
  readonly generalAccess: GeneralAccess | null
  readonly createdAt: Millis
  /** Moves with every change of a request or a lock (7.2). */
  readonly modifiedAt: Millis
  /** Moves with every call (7.2). */
  readonly accessedAt: Millis
  readonly totalRequestCount: number
  readonly handledRequestCount: number
  readonly hadMultipleClients: boolean
  readonly stats: QueueStats
}

/** A title as answers show it. Older versions stored titles of any length. */
export function shownTitle(title: string | null): string | null {
  if (title === null || title.length <= limits.queueTitleLengthMax) return title
  // Cut by characters, because half of a surrogate pair is not valid text.
  return [...title.slice(0, 2 * limits.queueTitleLengthMax)].slice(0, limits.queueTitleLengthMax).join('')
}

/** Letters, digits and hyphens, with no hyphen at either end. The length is among the limits. */
export const queueNamePattern = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/

/** Whether a name has the right form and at most 63 characters (rule 7.5). */
export function isQueueName(name: string): boolean {
  return name.length <= limits.queueNameLengthMax && queueNamePattern.test(name)
}

/** Two names are the same if their folded names are (rule 7.5: case does not matter, and names are ASCII). */
export function foldedName(name: string): string {
  return name.toLowerCase()
}

/**
 * Which clients a queue has seen: none, one, or several. Once it has seen several, that never changes (rule
 * 7.3).
 */
export interface ClientHistory {
  readonly firstClientKey: string | null
  readonly hadMultipleClients: boolean
}

/** The history after a call of this client. It is the same object if nothing changes. */
export function seenClient(history: ClientHistory, clientKey: string): ClientHistory {
  if (history.hadMultipleClients || history.firstClientKey === clientKey) return history
  if (history.firstClientKey === null) return { firstClientKey: clientKey, hadMultipleClients: false }
  return { firstClientKey: history.firstClientKey, hadMultipleClients: true }
}

/** Whether an unnamed queue has not been accessed for too long (7.7). Named queues never expire. */
export function isExpired(
  queue: { name: string | null; accessedAt: Millis },
  retentionMs: Millis,
  now: Millis,
): boolean {
  return queue.name === null && queue.accessedAt + retentionMs <= now
}
