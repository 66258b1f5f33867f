import type { QueueUser } from '../../domain/caller.ts'
import type { Millis } from '../../domain/time.ts'

export const overviewSorts = ['name', 'pending', 'locked', 'handled', 'modifiedAt'] as const
export type OverviewSort = (typeof overviewSorts)[number]

/** Where a queue is in the sorted list. Queues with equal values are sorted by their ID. */
export interface OverviewPlace {
  readonly value: string | number
  readonly id: string
}

export interface ListOverviews extends QueueUser {
  /** A part of the name, the title or the ID, whatever the case of its Latin letters. Null: all queues. */
  readonly search: string | null
  readonly sort: OverviewSort
  readonly desc: boolean
  readonly limit: number
  /** Only queues behind this place. Null: from the beginning. */
  readonly after: OverviewPlace | null
}

export interface OverviewPage {
  readonly items: readonly QueueOverview[]
  /** The place of the last item, if there are more. Null: there are none. */
  readonly next: OverviewPlace | null
}

export interface ChangedOverviews extends QueueUser {
  /** How many queues are read at most. */
  readonly limit: number
}

/** What a list for people shows of a queue. */
export interface QueueOverview {
  readonly id: string
  readonly name: string | null
  readonly title: string | null
  readonly ownerName: string
  readonly createdAt: Millis
  readonly modifiedAt: Millis
  readonly totalRequestCount: number
  readonly handledRequestCount: number
  readonly lockedRequestCount: number
  /** The mean of ten seconds. */
  readonly rates: {
    readonly addedPerSec: number
    readonly handledPerSec: number
    readonly handedOutPerSec: number
    readonly failedPerSec: number
  }
  /** Since when the request has been available that became so first. Null: none is. */
  readonly oldestAvailableAt: Millis | null
  /** How long until nothing is pending, at the pace of the last minute. Null: the queue does not shrink. */
  readonly secsToEmpty: number | null
  /** How many requests were handled in each of the last 60 minutes. */
  readonly handledLastHour: readonly number[]
}
