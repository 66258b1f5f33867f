import { withCooldown } from '../../domain/policy/group-events.ts'
import type { Millis } from '../../domain/time.ts'
import type { EndCooldown, SetCooldown } from '../params/policies.ts'
import { judgeOf, upToDate } from './hand-out/judge.ts'
import type { QueueOperation } from './operation.ts'
import { keepGroups } from './policy/build.ts'
import type { QueueSession } from './queue-session.ts'

/** Holds a group back until then. The latest of several cooldowns counts (13.8). Not a touch by a client. */
export const setCooldown: QueueOperation<SetCooldown, void> = {
  right: 'write',
  reads: ({ group }) => ({ groups: [group] }),

  perform(session, { group, until }) {
    const { queue, now } = session
    queue.accessed(now)
    if (until <= now) return
    keepGroups(session)
    cooldown(session, group, until)
  },
}

/** Ends the cooldown of a group, if it has one (13.8). */
export const endCooldown: QueueOperation<EndCooldown, void> = {
  right: 'write',
  reads: ({ group }) => ({ groups: [group] }),

  perform(session, { group }) {
    const { queue, now } = session
    queue.accessed(now)
    if (queue.grouping !== null) cooldown(session, group, null)
  },
}

function cooldown(session: QueueSession, name: string, until: Millis | null): void {
  const { queue, now, groups } = session
  if (!session.canGroup) return
  groups.put(withCooldown(upToDate(queue, groups.get(name), now), judgeOf(queue, name), now, until))
  queue.described()
}
