/** How the requests of a queue get their groups, in steps (13.2). */
import type { Place } from '../../../domain/order.ts'
import { isPriority } from '../../../domain/policy/rank.ts'
import type { RequestContent, RequestState } from '../../../domain/request.ts'
import type { Building } from '../../building.ts'
import type { QueueState } from '../../queue-state.ts'
import type { WalkedRequest } from '../hand-out/group-rows.ts'
import { inGroupAgain } from '../hand-out/in-group.ts'
import { noteInGroups } from '../hand-out/note-in-groups.ts'
import type { QueueSession } from '../queue-session.ts'

/** So many times the requests of a step are read in a step that hardly finds any without a group. */
const readPerChanged = 10

/** Does one step for some `size` requests. Returns what remains to be done after it. */
export function gather(session: QueueSession, building: Building, size: number): Building {
  if (building.place !== undefined) return gatherByPlace(session, building, building.place, size)
  const { isRest = false } = building
  const countMax = isRest ? readPerChanged * size : size
  const kind = isRest ? 'ungrouped' : 'unhandled'
  const { requests, lastId, count } = session.groups.requestsAfter(building.cursor, countMax, kind)
  giveGroups(session, requests)
  if (count === countMax) {
    return { ...building, cursor: lastId, done: building.done + (isRest ? 0 : requests.length) }
  }
  const { isRest: _, ...gathered } = building
  return { ...gathered, phase: 'look', cursor: '', done: 0 }
}

function gatherByPlace(
  session: QueueSession,
  building: Building,
  after: Place | null,
  size: number,
): Building {
  const { requests, isAll } = session.groups.unhandledAfter(after, size)
  giveGroups(session, requests)
  const done = building.done + requests.length
  const place = requests.at(-1)?.state.place ?? after
  if (!isAll) return { ...building, place, done }
  const { place: _, ...walked } = building
  return { ...walked, cursor: '', isRest: true, done }
}

function giveGroups(session: QueueSession, requests: readonly WalkedRequest[]): void {
  for (const { content, state } of requests) {
    const after = gathered(session.queue, content, state)
    if (after.group === state.group && after.priority === state.priority) continue
    if (after.priority === state.priority) session.regroup(content.id, after)
    else session.replace(content, after)
    noteInGroups(session, state, after, { lockGone: 'ended', pace: null })
  }
}

/**
 * The state of a stored request with its group and its priority. What the request asked for itself is read
 * from what it brought, because a stored request has lost its wishes.
 */
export function gathered(queue: QueueState, content: RequestContent, state: RequestState): RequestState {
  const priority = wishedPriority(content.otherFields)
  const wishing = priority === null ? content : { ...content, wishes: { priority } }
  return inGroupAgain(queue, state, wishing, state, Number.NEGATIVE_INFINITY)
}

/** Null if the request asks for no priority, or for a wrong one: it may have come before there were any. */
export function wishedPriority(otherFields: string): number | null {
  if (!otherFields.includes('"headlock"')) return null
  const { userData } = JSON.parse(`{${otherFields}}`) as {
    userData?: { headlock?: { priority?: unknown } | null } | null
  }
  const priority = userData?.headlock?.priority
  return isPriority(priority) ? priority : null
}
