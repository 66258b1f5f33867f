/** What the oracle keeps of a queue. */
import type { HistoryEvent } from '../../src/domain/history/history.ts'
import type { Client } from '../../src/domain/lifecycle.ts'
import type { Side } from '../../src/domain/order.ts'
import { emptyPolicy, type GroupBy, type Policy } from '../../src/domain/policy/policy.ts'
import type { GeneralAccess } from '../../src/domain/queue.ts'
import type { RequestContent } from '../../src/domain/request.ts'
import type { Millis } from '../../src/domain/time.ts'

/**
 * The place of an unhandled request: its side, since when it is available, and a growing number that orders
 * equal times. A scheduled request is available from a time that has not come.
 */
export interface Place {
  readonly side: Side
  readonly since: Millis
  readonly sequence: number
}

export interface LiveLock {
  readonly holder: Client
  /** The URL that the holder got. It goes on working on that if somebody else changes the request. */
  readonly url: string
  readonly expiresAt: Millis
}

export interface StoredRequest {
  content: RequestContent
  /** Null when handled. It does not change while the request is locked. */
  place: Place | null
  /** The lock, if it has not expired. `letLocksRunOut` removes expired ones. */
  lock: LiveLock | null
  /** The client whose lock expired, until another client takes the request or it is given back. */
  lastHolder: Client | null
  /** How many locks in a row ran out, with nothing in between that shows that somebody works on it (13.12). */
  lockExpiries: number
  /** All of them, while the policy keeps histories (14.7). The list is replaced, never changed. */
  events: readonly HistoryEvent[]
  /** Whether it was marked handled because of that. */
  isGivenUp: boolean
}

export interface StoredQueue {
  readonly id: string
  readonly ownerId: string
  name: string | null
  title: string | null
  generalAccess: GeneralAccess | null
  readonly createdAt: Millis
  modifiedAt: Millis
  accessedAt: Millis
  clientKeys: string[]
  writeCount: number
  readCount: number
  deleteCount: number
  headItemReadCount: number
  lastSequence: number
  requests: StoredRequest[]
  /** What the policy was made from. Null: there is none. */
  policyDocument: unknown
  policy: Policy
  policyVersion: number
  /** By what its requests are in groups. Null: nothing needs groups, and nothing is remembered of any. */
  groupsBy: GroupBy | null
  /** Whether a request asked for a priority, or somebody for a cooldown. Groups stay then when the policy goes. */
  keepsGroups: boolean
  /** The clients that ever got a request, by their key and run. */
  clients: Map<string, ClientRecord>
  /** What happened to each group, by its name. */
  groups: Map<string, GroupRecord>
}

/** A queue that was just created, without requests and without a policy. */
export function newStoredQueue(
  given: Pick<StoredQueue, 'id' | 'ownerId' | 'name' | 'title' | 'generalAccess' | 'createdAt'>,
): StoredQueue {
  return {
    ...given,
    modifiedAt: given.createdAt,
    accessedAt: given.createdAt,
    clientKeys: [],
    writeCount: 0,
    readCount: 0,
    deleteCount: 0,
    headItemReadCount: 0,
    lastSequence: 0,
    requests: [],
    policyDocument: null,
    policy: emptyPolicy,
    policyVersion: 0,
    groupsBy: null,
    keepsGroups: false,
    clients: new Map(),
    groups: new Map(),
  }
}

/** What a client did. */
export interface ClientRecord {
  readonly client: Client
  readonly handedOut: number
  readonly handled: number
  readonly ranOut: number
  readonly lastSeenAt: Millis
}

/** What happened to a group. */
export interface GroupRecord {
  readonly handedOutAt: Millis
  /** The last end of work: a request was handled or given back, or its lock ran out (13.4). */
  readonly endedAt: Millis
  /** The delay to which the group has slowed down (13.7). 0: it has not. */
  readonly slowedToMs: Millis
  readonly cooldownUntil: Millis
}
