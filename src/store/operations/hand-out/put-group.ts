import { type GroupState, isForgettable } from '../../../domain/policy/group.ts'
import type { QueueSession } from '../queue-session.ts'

/**
 * Stores the state of a group. Callers that wait for requests of the queue are told what it means (13.14).
 *
 * @param isEvent whether something has happened that may let the group get requests; not for a hand-out or a look
 */
export function putGroup({ queue, groups, now }: QueueSession, group: GroupState, isEvent: boolean): void {
  groups.put(group)
  if (queue.availability !== null && queue.handsOutByGroups) {
    queue.availability.groupChanged(group, now, isEvent)
  }
}

/**
 * Stores the state of a group, or forgets the group if nothing of it matters. Cooldowns may be for hosts that the queue never
 * has. Their rows would stay for ever.
 */
export function putOrForget(session: QueueSession, group: GroupState, isEvent: boolean): void {
  if (isForgettable(group, session.now)) session.groups.remove(group.name)
  else putGroup(session, group, isEvent)
}
