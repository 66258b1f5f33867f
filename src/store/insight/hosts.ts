/** The hosts of a queue (14.2), the same for both stores. */
import { countedMax } from '../../domain/insight/limits.ts'
import type { Place } from '../../domain/order.ts'
import type { GroupState } from '../../domain/policy/group.ts'
import { groupOf } from '../../domain/policy/group-of.ts'
import { delayOf } from '../../domain/policy/pace.ts'
import type { Millis } from '../../domain/time.ts'
import { judgeOf, upToDate } from '../operations/hand-out/judge.ts'
import type { HostPage, HostPosition, HostSort, HostView, ListHosts } from '../params/insight.ts'
import { compare } from './counts.ts'
import type { Later } from './explain-rows.ts'
import type { Moment } from './moment.ts'
import { firstOpening } from './openings.ts'

/** How many groups, or requests, one step reads. */
const perStepMax = 1000

/** A request that is not handled. */
export interface UnhandledRequest {
  readonly place: Place
  /** Null if it is too long to read. */
  readonly url: string | null
  readonly isLocked: boolean
}

/** How a store reads one queue. Each method is one step, and keeps no other call waiting for long. */
export interface HostRows {
  /** The next groups by their names, or the ones before, in that order. Null: from the first, or the last. */
  groupsBeside(name: string | null, isDescending: boolean, max: number): Later<readonly GroupState[]>
  /** When the first request of each group is due: now if one is. Null: it has none. */
  firstDue(names: readonly string[]): Later<ReadonlyMap<string, Millis | null>>
  /** The next unhandled requests by their places. Null: from the first. */
  unhandled(after: Place | null, max: number): Later<readonly UnhandledRequest[]>
}

export async function listHosts(rows: HostRows, moment: Moment, params: ListHosts): Promise<HostPage> {
  if (!moment.queue.handsOutByGroups) return pageOf(await hostsOfRequests(rows, moment), moment, params)
  if (params.sort === 'host') return groupsInOrder(rows, moment, params)
  const { groups, isCapped } = await someGroups(rows, moment)
  const known = params.sort === 'nextDueAt' ? await viewsOf(rows, moment, groups) : null
  const views = known ?? groups.map((group) => viewOf(moment, group, null))
  const page = pageOf({ views, isCapped }, moment, params)
  if (known !== null) return page
  const byName = new Map(groups.map((group) => [group.name, group]))
  const shown = page.items.map(({ host }) => byName.get(host)!)
  return { ...page, items: await viewsOf(rows, moment, shown) }
}

/** One host after the other, however many there are. */
async function groupsInOrder(rows: HostRows, moment: Moment, params: ListHosts): Promise<HostPage> {
  const { limit, desc, after } = params
  const found: GroupState[] = []
  let name = after?.host ?? null
  for (let examined = 0; examined < countedMax; examined += perStepMax) {
    const groups = await rows.groupsBeside(name, desc, perStepMax)
    found.push(...groups.filter((group) => isShown(moment, group)))
    if (found.length > limit) break
    if (groups.length < perStepMax) {
      return { items: await viewsOf(rows, moment, found), next: null, isCapped: false }
    }
    name = groups.at(-1)!.name
  }
  const shown = found.slice(0, limit)
  const last = found.length > limit ? shown.at(-1)!.name : name!
  return { items: await viewsOf(rows, moment, shown), next: { value: null, host: last }, isCapped: false }
}

async function someGroups(
  rows: HostRows,
  moment: Moment,
): Promise<{ readonly groups: readonly GroupState[]; readonly isCapped: boolean }> {
  const found: GroupState[] = []
  let name: string | null = null
  for (let examined = 0; examined < countedMax; examined += perStepMax) {
    const groups: readonly GroupState[] = await rows.groupsBeside(name, false, perStepMax)
    found.push(...groups.filter((group) => isShown(moment, group)))
    if (groups.length < perStepMax) return { groups: found, isCapped: false }
    name = groups.at(-1)!.name
  }
  return { groups: found, isCapped: true }
}

/** Groups of which nothing is left are not shown. */
function isShown({ now }: Moment, { unhandledCount, lockEnds, cooldownUntil }: GroupState): boolean {
  return unhandledCount > 0 || (lockEnds.at(-1) ?? 0) > now || (cooldownUntil ?? 0) > now
}

async function viewsOf(rows: HostRows, moment: Moment, groups: readonly GroupState[]): Promise<HostView[]> {
  const views: HostView[] = []
  for (let from = 0; from < groups.length; from += perStepMax) {
    const some = groups.slice(from, from + perStepMax)
    const due = await rows.firstDue(some.map(({ name }) => name))
    for (const group of some) views.push(viewOf(moment, group, due.get(group.name) ?? null))
  }
  return views
}

/** @param firstDueAt when its first request is due; null: it has none, or it does not matter */
function viewOf(moment: Moment, group: GroupState, firstDueAt: Millis | null): HostView {
  const { queue, now } = moment
  const { limits } = judgeOf(queue, group.name)
  const { name, unhandledCount, lockEnds, cooldownUntil } = upToDate(queue, group)
  const mayGetOne = firstDueAt !== null && !queue.policy.isPaused
  return {
    host: name,
    pending: unhandledCount,
    locked: lockEnds.filter((end) => end > now).length,
    nextDueAt: mayGetOne ? firstOpening(moment, group, firstDueAt) : null,
    delayMs: delayOf(group, limits),
    concurrency: Number.isFinite(limits.concurrency) ? limits.concurrency : null,
    cooldownUntil: cooldownUntil !== null && cooldownUntil > now ? cooldownUntil : null,
    isPaused: limits.isPaused,
  }
}

/** The hosts of a queue without rules for hosts: those of its first requests. */
async function hostsOfRequests(
  rows: HostRows,
  { queue, now }: Moment,
): Promise<{ readonly views: readonly HostView[]; readonly isCapped: boolean }> {
  const found = new Map<string, HostView>()
  const result = (isCapped: boolean) => ({ views: [...found.values()], isCapped })
  let after: Place | null = null
  for (let examined = 0; examined < countedMax; examined += perStepMax) {
    const requests: readonly UnhandledRequest[] = await rows.unhandled(after, perStepMax)
    for (const { place, url, isLocked } of requests) {
      const host = groupOf(url ?? '', queue.newestPolicy.groupBy)
      const known = found.get(host)
      const dueAt = queue.policy.isPaused ? null : Math.max(now, Math.abs(place.availableAt))
      const nextDueAt = known?.nextDueAt == null || dueAt === null ? dueAt : Math.min(known.nextDueAt, dueAt)
      found.set(host, {
        host,
        pending: (known?.pending ?? 0) + 1,
        locked: (known?.locked ?? 0) + (isLocked ? 1 : 0),
        nextDueAt,
        delayMs: 0,
        concurrency: null,
        cooldownUntil: null,
        isPaused: false,
      })
    }
    if (requests.length < perStepMax) return result(false)
    after = requests.at(-1)!.place
  }
  return result(queue.totalCount - queue.handledCount > countedMax)
}

function pageOf(
  { views, isCapped }: { readonly views: readonly HostView[]; readonly isCapped: boolean },
  { now }: Moment,
  { sort, desc, after, limit }: ListHosts,
): HostPage {
  const sign = desc ? -1 : 1
  const inOrder = views
    .map((view) => ({ view, position: positionOf(view, sort, now) }))
    .sort((a, b) => sign * comparePositions(a.position, b.position))
    .filter(({ position }) => after === null || sign * comparePositions(position, after) > 0)
  const shown = inOrder.slice(0, limit)
  return {
    items: shown.map(({ view }) => view),
    next: inOrder.length > limit ? shown.at(-1)!.position : null,
    isCapped,
  }
}

/** What is due now has a position that does not move with the time, so that pages follow each other. */
function positionOf(view: HostView, sort: HostSort, now: Millis): HostPosition {
  const value = sort === 'host' ? null : view[sort]
  return { value: sort === 'nextDueAt' && value !== null && value <= now ? 0 : value, host: view.host }
}

/** What never comes is last. */
function comparePositions(a: HostPosition, b: HostPosition): number {
  const [first, second] = [a, b].map(({ value }) => value ?? Number.POSITIVE_INFINITY)
  if (first === second) return compare(a.host, b.host)
  return first! < second! ? -1 : 1
}
