import type { RequestFilter } from '../../domain/insight/request-filter.ts'
import type { Standing } from '../../domain/insight/standing.ts'
import type { HoldReason } from '../../domain/policy/group.ts'
import type { HeadItem, RequestView } from '../../domain/request.ts'
import type { Millis } from '../../domain/time.ts'
import type { QueueParams } from './queues.ts'
import type { RequestPage } from './requests.ts'

/** Why head/lock gives what it gives (14.1). */
export interface Explanation {
  /** The queue that had the address. It may have been renamed since. */
  readonly queueId: string
  readonly readAt: Millis
  readonly isPaused: boolean
  /** Whether requests are still handed out by the policy before (13.2). */
  readonly isBuilding: boolean
  /** Whether requests are given up whose locks ran out too often (13.12). */
  readonly givesUp: boolean
  /** How many requests are not handled. It is exact. */
  readonly unhandledCount: number
  /** How many there are of each kind. `handled` includes those that failed. */
  readonly counts: Readonly<Record<Standing, number>>
  /** The kinds of which there are more than counted (14.3). */
  readonly capped: readonly Standing[]
  /** Who holds requests, those that hold most first. Not all, if these are very many. */
  readonly locked: readonly LocksOfClient[]
  /** The hosts that hold requests back, those that hold most first. Not all, if these are very many. */
  readonly held: readonly HeldBack[]
  /** When time alone makes a request available. Null: one is now, or none ever will be. */
  readonly nextAvailableAt: Millis | null
  /** What head/lock would hand out now, in order. Long items come without their texts, as in a head. */
  readonly next: readonly HeadItem[]
}

export interface LocksOfClient {
  readonly clientKey: string
  readonly runId: string | null
  readonly count: number
  readonly nextExpiryAt: Millis
}

export interface HeldBack {
  readonly host: string
  readonly reason: HoldReason
  /** How many requests. */
  readonly count: number
  /** When time alone ends it. Null: never. */
  readonly until: Millis | null
}

export interface FindRequests extends QueueParams {
  readonly filter: RequestFilter
  /** Only requests whose ID comes after this one, by bytes. */
  readonly afterId: string | null
  readonly limit: number
  /** Bounds the length of all items together, as for a list. */
  readonly lengthMax?: number
  /** About how many requests the call examines. The default is 20,000. */
  readonly examinedMax?: number
}

export interface FoundRequest extends RequestView {
  readonly standing: Standing
  /** When it becomes available, if it is scheduled. */
  readonly availableAt: Millis | null
  /** The run of the client that holds it. */
  readonly lockRunId: string | null
}

export interface FoundPage extends Omit<RequestPage<FoundRequest>, 'hasMore'> {
  /** Where the walk goes on. Null: it is at its end. A page may have no items, and the walk may still go on. */
  readonly nextAfterId: string | null
}

export interface ListFailures extends QueueParams {
  readonly limit: number
}

/** What requests failed with (14.4), most first. */
export interface FailureList {
  readonly items: readonly Failure[]
  /** Whether there are more failures than were counted, or more texts (14.3). */
  readonly isCapped: boolean
}

export interface Failure {
  /** What their last error messages have in common. */
  readonly error: string
  readonly count: number
  /** The ID of one of the requests. */
  readonly exampleId: string
}

export const hostSorts = ['host', 'pending', 'locked', 'nextDueAt'] as const
export type HostSort = (typeof hostSorts)[number]

export interface ListHosts extends QueueParams {
  readonly sort: HostSort
  readonly desc: boolean
  /** Only hosts that come after this one in that order. */
  readonly after: HostPosition | null
  readonly limit: number
}

/** Where a host stands in an order. */
export interface HostPosition {
  /** What is sorted by. Null for `host`, and for a moment that never comes. */
  readonly value: number | null
  readonly host: string
}

/** The hosts of a queue that have requests to do, or a cooldown (14.2). */
export interface HostPage {
  readonly items: readonly HostView[]
  /** Where the list goes on. Null: it is at its end. */
  readonly next: HostPosition | null
  /** Whether there are more hosts, or requests, than were examined (14.3). */
  readonly isCapped: boolean
}

export interface HostView {
  readonly host: string
  /** Requests that are not handled, locked ones included. */
  readonly pending: number
  /** Live locks. */
  readonly locked: number
  /** When it gets its next request: now if it may get one. Null: never, by time alone. */
  readonly nextDueAt: Millis | null
  readonly delayMs: Millis
  /** How many live locks it may have. Null: any number. */
  readonly concurrency: number | null
  /** Null unless a cooldown holds it back now. */
  readonly cooldownUntil: Millis | null
  readonly isPaused: boolean
}

export interface ListClients extends QueueParams {
  /** Only clients that come after this one, in the order of the list. */
  readonly after: ClientPosition | null
  readonly limit: number
}

/** Where a client stands in the list: those that hold most come first, then those that were seen last. */
export type ClientPosition = Pick<ClientView, 'locked' | 'lastSeenAt' | 'clientKey' | 'runId'>

/** The clients of a queue that got requests (14.2), as far as they are remembered. */
export interface ClientPage {
  readonly items: readonly ClientView[]
  /** Where the list goes on. Null: it is at its end. */
  readonly next: ClientPosition | null
  /** Whether there are more locks than were counted (14.3). */
  readonly isCapped: boolean
}

export interface ClientView {
  readonly clientKey: string
  readonly runId: string | null
  /** Its live locks. */
  readonly locked: number
  /** When the first of them runs out. Null: it has none. */
  readonly nextExpiryAt: Millis | null
  /** When it last asked for requests, or worked with one that it had got. Null: it is not remembered. */
  readonly lastSeenAt: Millis | null
  /** Requests that it got from head/locks. */
  readonly handedOut: number
  /** How many of them were handled. */
  readonly handled: number
  /** How many of its locks ran out. */
  readonly ranOut: number
}
