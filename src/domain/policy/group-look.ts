/** A look at a group: what may be handed out of it, and when to look again. Only a look searches its requests. */
import type { Millis } from '../time.ts'
import { earlier, type GroupState, mayCloseAt, openingOf, settle } from './group.ts'
import type { GroupLimits } from './group-limits.ts'
import type { OrderKey } from './rank.ts'

/** What a search of the requests of a group finds. */
export interface Sight {
  /** The first request that is due. */
  readonly due: OrderKey | null
  /**
   * The first moment at which a request becomes due that then comes before `due`, or at which any request
   * does if none is due. Requests with a live lock become due when it ends. Null if there is none.
   */
  readonly next: Millis | null
}

/** Whether a look at the group would search its requests. */
export function needsSearch(group: GroupState, limits: GroupLimits, now: Millis): boolean {
  return group.unhandledCount > 0 && openingOf(group, limits, now).room > 0
}

/**
 * The group after a look.
 *
 * @param sight is called if `needsSearch`
 */
export function looked(
  group: GroupState,
  limits: GroupLimits,
  policyVersion: number,
  now: Millis,
  sight: () => Sight,
): GroupState {
  const settled = { ...settle(group, limits, now), judgedBy: policyVersion }
  const { room, until } = openingOf(settled, limits, now)
  if (room === 0) return { ...settled, first: null, lookAt: until }
  if (settled.unhandledCount === 0) return { ...settled, first: null, lookAt: null }
  const { due, next } = sight()
  if (due === null) return { ...settled, first: null, lookAt: next }
  return { ...settled, first: due, lookAt: earlier(next, mayCloseAt(settled, limits)) }
}
