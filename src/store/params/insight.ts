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
}

export interface FoundPage extends Omit<RequestPage<FoundRequest>, 'hasMore'> {
  /** Where the walk goes on. Null: it is at its end. A page may have no items, and the walk may still go on. */
  readonly nextAfterId: string | null
}
