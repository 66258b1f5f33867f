/** The lists that people see of a queue of the oracle (14.2, 14.4). */
import { failureText } from '../../src/domain/insight/failure.ts'
import type { Millis } from '../../src/domain/time.ts'
import type {
  FailureList,
  HostPage,
  HostPosition,
  HostView,
  ListFailures,
  ListHosts,
} from '../../src/store/params/insight.ts'
import { firstMoment, standingOf } from './insight-rules.ts'
import { delayOf, groupFor, liveLocksOf, recordOf, ruleFor } from './policy-rules.ts'
import type { StoredQueue, StoredRequest } from './stored.ts'
import { locked } from './stored-queue.ts'

/** The texts are those of the server: which errors are alike is decided nowhere else. */
export function failures(queue: StoredQueue, { limit }: ListFailures): FailureList {
  const failed = queue.requests.filter((request) => standingOf(queue, request, 0) === 'failed')
  const items = [...Map.groupBy(failed, errorOf)].map(([error, requests]) => {
    return { error, count: requests.length, exampleId: requests.map(({ content }) => content.id).sort()[0]! }
  })
  items.sort((a, b) => b.count - a.count || (a.error < b.error ? -1 : 1))
  return { items: items.slice(0, limit), isCapped: false }
}

function errorOf({ content }: StoredRequest): string {
  const { errorMessages }: { errorMessages: string[] } = JSON.parse(`{${content.otherFields}}`)
  return failureText(errorMessages.at(-1))
}

export function hosts(queue: StoredQueue, { sort, desc, after, limit }: ListHosts, now: Millis): HostPage {
  const pending = queue.requests.filter(({ place }) => place !== null)
  const names = new Set([
    ...pending.map(({ content }) => groupFor(queue, content)),
    // Those that are worked on, after somebody changed the URL.
    ...(queue.groupsBy === null ? [] : locked(queue).map(({ lock }) => groupFor(queue, lock!))),
    ...[...queue.groups].filter(([, { cooldownUntil }]) => cooldownUntil > now).map(([name]) => name),
  ])
  const inOrder = [...names]
    .map((name) => hostView(queue, name, now))
    .map((view) => ({ view, position: { value: sortedBy(view, sort, now), host: view.host } }))
    .sort((a, b) => compare(a.position, b.position))
  if (desc) inOrder.reverse()
  const comesAfter = (position: HostPosition) =>
    after === null || (desc ? compare(position, after) < 0 : compare(position, after) > 0)
  const left = inOrder.filter(({ position }) => comesAfter(position))
  const page = left.slice(0, limit)
  return {
    items: page.map(({ view }) => view),
    next: left.length > limit ? page.at(-1)!.position : null,
    isCapped: false,
  }
}

/** All that is due now comes at the same place, whatever the time is. */
function sortedBy(view: HostView, sort: ListHosts['sort'], now: Millis): number | null {
  if (sort === 'host') return null
  return sort === 'nextDueAt' && view.nextDueAt === now ? 0 : view[sort]
}

function hostView(queue: StoredQueue, host: string, now: Millis): HostView {
  const own = queue.requests.filter(
    ({ content, place }) => place !== null && groupFor(queue, content) === host,
  )
  const ids = new Set(own.map(({ content }) => content.id))
  const { cooldownUntil } = recordOf(queue, host)
  const rule = ruleFor(queue.policy, host)
  return {
    host,
    pending: own.length,
    locked:
      queue.groupsBy === null
        ? locked(queue).filter((each) => own.includes(each)).length
        : liveLocksOf(queue, host),
    nextDueAt: firstMoment(queue, now, (later, at) =>
      later.requests.some((each) => ids.has(each.content.id) && standingOf(later, each, at) === 'available'),
    ),
    delayMs: delayOf(queue, host),
    concurrency: rule?.concurrency ?? null,
    cooldownUntil: cooldownUntil > now ? cooldownUntil : null,
    isPaused: rule?.isPaused ?? false,
  }
}

/** What never comes is last. */
function compare(a: HostPosition, b: HostPosition): number {
  const [first, second] = [a.value ?? Number.MAX_VALUE, b.value ?? Number.MAX_VALUE]
  return first - second || (a.host < b.host ? -1 : a.host > b.host ? 1 : 0)
}
