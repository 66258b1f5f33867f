/**
 * Explains what head/lock gives (14.1), the same for both stores. Nothing here costs more because a queue is large: every
 * count ends at `countedMax` (14.3).
 */
import { untilDue } from '../../domain/availability.ts'
import { countedMax } from '../../domain/insight/limits.ts'
import { type Standing, standings } from '../../domain/insight/standing.ts'
import type { HeadItem } from '../../domain/request.ts'
import type { Millis } from '../../domain/time.ts'
import type { Explanation } from '../params/insight.ts'
import { type Count, groupsPerStepMax } from './counts.ts'
import { dueOf } from './due.ts'
import type { ExplainRows } from './explain-rows.ts'
import { byClient, locksOf } from './locks.ts'
import type { Moment } from './moment.ts'
import { firstOpening } from './openings.ts'

/** How many entries of the answer name clients, or hosts. */
const listedMax = 100
/** @param next what head/lock would hand out, read a moment before */
export async function explain(
  rows: ExplainRows,
  moment: Moment,
  next: readonly HeadItem[],
): Promise<Explanation> {
  const { queue, now } = moment
  const unhandledCount = queue.totalCount - queue.handledCount
  const scheduled = await rows.countScheduled(countedMax + 1)
  const failed = await rows.countFailed(countedMax + 1)
  const locks = await locksOf(rows, moment, scheduled)
  const { held, ...due } = await dueOf(rows, moment)
  const found: Record<Standing, Count> = {
    // What comes next was read a moment before.
    available: { ...due.available, count: Math.max(due.available.count, next.length) },
    locked: { count: locks.found.length, isCut: locks.isCut },
    scheduled: { count: scheduled, isCut: false },
    held: due.heldBack,
    handled: { count: queue.handledCount, isCut: false },
    failed: { count: failed, isCut: false },
  }
  const isCapped = (kind: Standing) =>
    found[kind].isCut || (kind !== 'handled' && found[kind].count > countedMax)
  const counted = (kind: Standing) =>
    kind === 'handled' ? found[kind].count : Math.min(found[kind].count, countedMax)
  const mayWait = found.available.count === 0 && next.length === 0 && !queue.policy.isPaused
  return {
    queueId: queue.id,
    readAt: now,
    isPaused: queue.policy.isPaused,
    givesUp: queue.policy.lockExpiriesMax !== null,
    isBuilding: queue.building?.handsOutBy !== undefined,
    unhandledCount,
    counts: Object.fromEntries(standings.map((kind) => [kind, counted(kind)])) as Record<Standing, number>,
    capped: standings.filter(isCapped),
    locked: byClient(locks.found).slice(0, listedMax),
    held: held.slice(0, listedMax),
    nextAvailableAt: mayWait && unhandledCount > 0 ? await nextAvailable(rows, moment) : null,
    next,
  }
}

/** When time alone makes a request available. Nothing is available now, and the queue is not paused. */
async function nextAvailable(rows: ExplainRows, moment: Moment): Promise<Millis | null> {
  const { queue, now } = moment
  if (!queue.handsOutByGroups) {
    const inMs = untilDue(await rows.nextPlaces(), now)
    return inMs === null ? null : now + inMs
  }
  // No group gets anything before somebody has to look at it.
  const waiting = await rows.groups({ kind: 'waiting', without: 0, max: groupsPerStepMax })
  const groups = waiting.map(({ group }) => group)
  const due = await rows.firstDue(groups.map(({ name }) => name))
  let first = Number.POSITIVE_INFINITY
  for (const group of groups) {
    const at = due.get(group.name) ?? null
    if (at !== null) first = Math.min(first, firstOpening(moment, group, at) ?? first)
  }
  // The others may get something from the moment on at which the last of these is to be looked at.
  if (groups.length === groupsPerStepMax) first = Math.min(first, groups.at(-1)!.lookAt!)
  return first === Number.POSITIVE_INFINITY ? null : first
}
