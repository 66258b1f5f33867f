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
import { type GroupCounted, type Later, notDueMax, type TakesTurns } from './explain-rows.ts'
import type { Moment } from './moment.ts'
import { firstOpening } from './openings.ts'
import { StepSize } from './step-size.ts'

/** How many groups, or requests, one step reads at most. */
const perStepMax = 1000

interface Views {
  readonly views: readonly HostView[]
  readonly isCapped: boolean
}

/** A request that is not handled. */
export interface UnhandledRequest {
  readonly place: Place
  /** Null if it is too long to read. */
  readonly url: string | null
  readonly isLocked: boolean
}

/** How a store reads one queue. Each method is one step, and keeps no other call waiting for long. */
export interface HostRows extends TakesTurns {
  /** The next groups by their names, or the ones before, in that order. Null: from the first, or the last. */
  groupsBeside(name: string | null, isDescending: boolean, max: number): Later<readonly GroupState[]>
  /** When the first request of each group is due: now if one is. Null: it has none. */
  firstDue(names: readonly string[]): Later<ReadonlyMap<string, Millis | null>>
  /** The groups after this one by their names, with how many of their requests are not due. Null: from the first. */
  counted(name: string | null, max: number): Later<readonly GroupCounted[]>
  /** The next unhandled requests by their places. Null: from the first. */
  unhandled(after: Place | null, max: number): Later<readonly UnhandledRequest[]>
}

export async function listHosts(rows: HostRows, moment: Moment, params: ListHosts): Promise<HostPage> {
  if (!moment.queue.handsOutByGroups) return pageOf(await hostsOfRequests(rows, moment), moment, params)
  if (params.sort === 'host') return groupsInOrder(rows, moment, params)
  if (params.sort === 'nextDueAt') return pageOf(await someViews(rows, moment), moment, params)
  const { groups, ...all } = await someGroups(rows, moment)
  const page = pageOf(all, moment, params)
  const shown = page.items.map(({ host }) => groups.get(host)!)
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

/** The first groups by their names, and what their rows say of them: all but `nextDueAt`. */
async function someGroups(
  rows: HostRows,
  moment: Moment,
): Promise<Views & { readonly groups: ReadonlyMap<string, GroupState> }> {
  const groups = new Map<string, GroupState>()
  const views: HostView[] = []
  const steps = new StepSize(rows, perStepMax)
  let name: string | null = null
  for (let examined = 0; examined < countedMax; ) {
    const [after, max]: [string | null, number] = [name, Math.min(steps.rows, countedMax - examined)]
    const some: readonly GroupState[] = await steps.timed(() => rows.groupsBeside(after, false, max))
    for (const group of some) {
      if (!isShown(moment, group)) continue
      groups.set(group.name, group)
      views.push(viewOf(moment, group, null))
    }
    if (some.length < max) return { groups, views, isCapped: false }
    examined += some.length
    name = some.at(-1)!.name
  }
  return { groups, views, isCapped: true }
}

/** The same with all that is shown of them. Of few groups the requests have to be searched. */
async function someViews(rows: HostRows, moment: Moment): Promise<Views> {
  const views: HostView[] = []
  const steps = new StepSize(rows, perStepMax)
  let name: string | null = null
  for (let examined = 0; examined < countedMax; ) {
    const [after, max]: [string | null, number] = [name, Math.min(steps.rows, countedMax - examined)]
    const some: readonly GroupCounted[] = await steps.timed(() => rows.counted(after, max))
    const withDue = some.filter(({ group, notDue }) => notDue < notDueMax && group.unhandledCount > notDue)
    const hasDue = new Set(withDue.map(({ group }) => group))
    const groups = some.map(({ group }) => group).filter((group) => isShown(moment, group))
    views.push(...(await viewsOf(rows, moment, groups, hasDue)))
    if (some.length < max) return { views, isCapped: false }
    examined += some.length
    name = some.at(-1)!.group.name
  }
  return { views, isCapped: true }
}

/** Groups of which nothing is left are not shown. */
function isShown({ now }: Moment, { unhandledCount, lockEnds, cooldownUntil }: GroupState): boolean {
  return unhandledCount > 0 || (lockEnds.at(-1) ?? 0) > now || (cooldownUntil ?? 0) > now
}

/** @param hasDue groups that have a request that is due. Others may have one too. */
async function viewsOf(
  rows: HostRows,
  moment: Moment,
  groups: readonly GroupState[],
  hasDue: ReadonlySet<GroupState> = new Set(),
): Promise<HostView[]> {
  const unknown = groups.filter(
    (group) => group.unhandledCount > 0 && !hasDue.has(group) && !hasFirst(moment, group),
  )
  const found = new Map<string, Millis | null>()
  const steps = new StepSize(rows, perStepMax)
  for (let from = 0; from < unknown.length; ) {
    const names = unknown.slice(from, from + steps.rows).map(({ name }) => name)
    from += names.length
    for (const [name, dueAt] of await steps.timed(() => rows.firstDue(names))) found.set(name, dueAt)
  }
  return groups.map((group) => {
    const isDue = hasDue.has(group) || hasFirst(moment, group)
    return viewOf(moment, group, isDue ? moment.now : (found.get(group.name) ?? null))
  })
}

/** Whether the row of the group says that it has a request that is due (`domain/policy/group.ts`). */
function hasFirst({ queue, now }: Moment, { first, lookAt, judgedBy }: GroupState): boolean {
  return first !== null && judgedBy === queue.policyVersion && (lookAt === null || lookAt > now)
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
async function hostsOfRequests(rows: HostRows, { queue, now }: Moment): Promise<Views> {
  const found = new Map<string, HostView>()
  const result = (isCapped: boolean) => ({ views: [...found.values()], isCapped })
  let after: Place | null = null
  const steps = new StepSize(rows, perStepMax)
  for (let examined = 0; examined < countedMax; ) {
    const [from, max]: [Place | null, number] = [after, Math.min(steps.rows, countedMax - examined)]
    const requests: readonly UnhandledRequest[] = await steps.timed(() => rows.unhandled(from, max))
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
    if (requests.length < max) return result(false)
    examined += requests.length
    after = requests.at(-1)!.place
  }
  return result(queue.totalCount - queue.handledCount > countedMax)
}

function pageOf(
  { views, isCapped }: Views,
  { now }: Moment,
  { sort, desc, after, limit }: ListHosts,
): HostPage {
  const sign = desc ? -1 : 1
  const inOrder = views
    .map((view) => ({ view, position: positionOf(view, sort, now) }))
    .filter(({ position }) => after === null || sign * comparePositions(position, after) > 0)
    .sort((a, b) => sign * comparePositions(a.position, b.position))
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
  const first = a.value ?? Number.POSITIVE_INFINITY
  const second = b.value ?? Number.POSITIVE_INFINITY
  if (first === second) return compare(a.host, b.host)
  return first < second ? -1 : 1
}
