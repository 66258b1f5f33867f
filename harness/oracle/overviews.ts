/** What the oracle shows in lists for people. */
import type { Millis } from '../../src/domain/time.ts'
import type { Series } from '../../src/store/params/figures.ts'
import type { ListOverviews, QueueOverview } from '../../src/store/params/overviews.ts'
import type { StoredQueue } from './stored.ts'
import { due, locked } from './stored-queue.ts'

type SeriesOf = (from: number, stepSecs: number, stepCount: number) => Series

export function overview(
  queue: StoredQueue,
  ownerName: string,
  now: Millis,
  seriesOf: SeriesOf,
): QueueOverview {
  const { id, name, title, createdAt, modifiedAt, requests } = queue
  const second = Math.floor(now / 1000)
  const running = second - (second % 10)
  const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
  // The last ten seconds of which everything is known.
  const recent = seriesOf(second - 11, 1, 10)
  const hour = seriesOf(running - 3590, 60, 60)
  const pending = requests.filter(({ place }) => place !== null).length
  const before = seriesOf(running - 51, 1, 1).pending[0]!
  const shrinkingPerSec = (before - pending) / (second - running + 51)
  const since = due(queue, now).map(({ place }) => place!.since)
  return {
    id,
    name,
    title,
    ownerName,
    createdAt,
    modifiedAt,
    totalRequestCount: requests.length,
    handledRequestCount: requests.length - pending,
    lockedRequestCount: locked(queue).length,
    rates: {
      addedPerSec: sumOf(recent.added) / 10,
      handledPerSec: sumOf(recent.handled) / 10,
      handedOutPerSec: sumOf(recent.handedOut) / 10,
      failedPerSec: sumOf(recent.failed) / 10,
    },
    oldestAvailableAt: since.length === 0 ? null : Math.min(...since),
    secsToEmpty: pending > 0 && shrinkingPerSec > 0 ? Math.ceil(pending / shrinkingPerSec) : null,
    handledLastHour: hour.handled,
  }
}

/** All that are asked for, in order. */
export function inOrder(
  all: readonly QueueOverview[],
  { search, sort, desc }: ListOverviews,
): QueueOverview[] {
  const part = (search ?? '').toLowerCase()
  const found = all.filter(({ id, name, title }) =>
    `${id}\n${name ?? ''}\n${title ?? ''}`.toLowerCase().includes(part),
  )
  found.sort((a, b) => {
    const [first, second] = [sortValue(a, sort), sortValue(b, sort)]
    if (first !== second) return first < second ? -1 : 1
    return a.id < b.id ? -1 : 1
  })
  return desc ? found.reverse() : found
}

/** The value by which a list is sorted. */
export function sortValue(each: QueueOverview, sort: ListOverviews['sort']): string | number {
  if (sort === 'name') return each.name?.toLowerCase() ?? '~'
  if (sort === 'pending') return each.totalRequestCount - each.handledRequestCount
  if (sort === 'locked') return each.lockedRequestCount
  return sort === 'handled' ? each.handledRequestCount : each.modifiedAt
}
