/** When the groups of a queue take hand-outs, for those who look at it. */
import { type GroupState, type HoldReason, openingOf } from '../../domain/policy/group.ts'
import { opensAt } from '../../domain/policy/group-opening.ts'
import type { Millis } from '../../domain/time.ts'
import { judgeOf, upToDate } from '../operations/hand-out/judge.ts'
import type { Moment } from './moment.ts'

export interface OpeningNow {
  /** Why the group takes no hand-outs now. Null: it does. */
  readonly reason: HoldReason | null
  /** When time alone ends that. Null: never, or nothing has to end. */
  readonly until: Millis | null
}

export function openingNow({ queue, now }: Moment, group: GroupState): OpeningNow {
  const { limits } = judgeOf(queue, group.name)
  const known = upToDate(queue, group)
  const { reason } = openingOf(known, limits, now)
  return { reason, until: reason === null ? null : opensAt(known, limits, now) }
}

/** The first moment from this one at which the group takes hand-outs. Null: never, by time alone. */
export function firstOpening({ queue, now }: Moment, group: GroupState, from: Millis): Millis | null {
  return opensAt(upToDate(queue, group), judgeOf(queue, group.name).limits, Math.max(now, from))
}

/** Whether requests of the queue that are due may be handed out, as far as their group decides. */
export function isHeldBack(moment: Moment, group: GroupState | undefined): boolean {
  const { queue } = moment
  if (queue.policy.isPaused) return true
  return queue.handsOutByGroups && group !== undefined && openingNow(moment, group).reason !== null
}
