import type { GroupState } from '../../../domain/policy/group.ts'
import { looked } from '../../../domain/policy/group-look.ts'
import type { QueueSession } from '../queue-session.ts'
import { judgeOf, upToDate } from './judge.ts'
import { putOrForget } from './put-group.ts'

/** How many groups one step looks at. It takes some 10 ms. Other calls run between two steps. */
export const lookedAtMax = 500

/**
 * Looks at the groups whose time has come, at most at so many as one step may.
 *
 * @returns whether there are more
 */
export function lookAtGroups(session: QueueSession, countMax = lookedAtMax): boolean {
  const due = session.groups.toLookAt(countMax + 1)
  for (const group of due.slice(0, countMax)) lookAt(session, group)
  return due.length > countMax
}

export function lookAt(session: QueueSession, group: GroupState): void {
  const { queue, groups, now } = session
  const { limits, policyVersion } = judgeOf(queue, group.name)
  const current = upToDate(queue, group)
  putOrForget(
    session,
    looked(current, limits, policyVersion, now, () => groups.sightOf(group.name)),
    false,
  )
}
