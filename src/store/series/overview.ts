import { foldedName } from '../../domain/queue.ts'
import type { Millis } from '../../domain/time.ts'
import type { OverviewPlace, OverviewSort, QueueOverview } from '../params/overviews.ts'
import { secondOf, stepStart } from './figure-columns.ts'

const minutes = 60
/** The seconds that rates are the mean of. */
const rateSecs = 10
/** Figures of so many seconds may not be saved yet. */
const lagSecs = 2
/** A queue is shown as changed for so long after something has happened in it, so that its rates go back to 0. */
const changedSecs = 15

/** The seconds and steps that an overview is made from. */
export function overviewRange(now: Millis) {
  const second = secondOf(now)
  const running = stepStart(second, 10)
  return {
    second,
    running,
    /** The first step of 10 seconds. */
    hourFrom: running - minutes * 60 + 10,
    ratesFrom: second - lagSecs - rateSecs + 1,
    ratesTo: second - lagSecs,
    changedFrom: second - changedSecs,
  }
}

/** What a list needs of the row of a queue. */
export interface OverviewQueue {
  readonly id: string
  readonly name: string | null
  readonly title: string | null
  readonly owner_name: string
  readonly created_at: number
  readonly modified_at: number
  readonly total_count: number
  readonly handled_count: number
}

/** Sums of the seconds of the rates. */
export interface RecentSums {
  readonly added: number
  readonly handled: number
  readonly handed_out: number
  readonly failed: number
}

/** A step of 10 seconds. */
export interface HourStep {
  readonly at: number
  readonly handled: number
  readonly pending_change: number
}

export interface OverviewReading {
  readonly queue: OverviewQueue
  readonly lockedCount: number
  readonly recent: RecentSums
  readonly hour: readonly HourStep[]
  readonly oldestAvailableAt: Millis | null
}

export function overviewOf(reading: OverviewReading, now: Millis): QueueOverview {
  const { queue, lockedCount, recent, hour, oldestAvailableAt } = reading
  const { second, running } = overviewRange(now)
  const pending = queue.total_count - queue.handled_count
  const handledLastHour = new Array<number>(minutes).fill(0)
  let pendingChange = 0
  for (const { at, handled, pending_change } of hour) {
    const minutesAgo = Math.floor((running - at) / 60)
    if (minutesAgo < minutes) handledLastHour[minutes - 1 - minutesAgo]! += handled
    if (minutesAgo === 0) pendingChange += pending_change
  }
  const shrinkingPerSec = -pendingChange / (second - running + 51)
  return {
    id: queue.id,
    name: queue.name,
    title: queue.title,
    ownerName: queue.owner_name,
    createdAt: queue.created_at,
    modifiedAt: queue.modified_at,
    totalRequestCount: queue.total_count,
    handledRequestCount: queue.handled_count,
    lockedRequestCount: Math.min(Math.max(0, lockedCount), pending),
    rates: {
      addedPerSec: recent.added / rateSecs,
      handledPerSec: recent.handled / rateSecs,
      handedOutPerSec: recent.handed_out / rateSecs,
      failedPerSec: recent.failed / rateSecs,
    },
    oldestAvailableAt,
    secsToEmpty: pending > 0 && shrinkingPerSec > 0 ? Math.ceil(pending / shrinkingPerSec) : null,
    handledLastHour,
  }
}

/** After all names. */
export const noName = '~'

/** The place of a queue in a list. */
export function placeOf(queue: OverviewQueue, lockedCount: number, sort: OverviewSort): OverviewPlace {
  return { value: sortValueOf(queue, lockedCount, sort), id: queue.id }
}

function sortValueOf(queue: OverviewQueue, lockedCount: number, sort: OverviewSort): string | number {
  switch (sort) {
    case 'name':
      return queue.name === null ? noName : foldedName(queue.name)
    case 'pending':
      return queue.total_count - queue.handled_count
    case 'locked':
      return lockedCount
    case 'handled':
      return queue.handled_count
    case 'modifiedAt':
      return queue.modified_at
  }
}

export function comparePlaces(a: OverviewPlace, b: OverviewPlace): number {
  if (a.value !== b.value) return a.value < b.value ? -1 : 1
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1
}
