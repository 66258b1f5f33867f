import { withCooldown } from '../../../domain/policy/group-events.ts'
import { groupOfHost } from '../../../domain/policy/group-of.ts'
import type { Millis } from '../../../domain/time.ts'
import type { CooldownView, EndCooldown, SetCooldown } from '../../params/policies.ts'
import { judgeOf, upToDate } from '../hand-out/judge.ts'
import { putOrForget } from '../hand-out/put-group.ts'
import type { QueueOperation, ReadSet } from '../operation.ts'
import type { QueueSession } from '../queue-session.ts'
import { keepGroups } from './build.ts'

/**
 * Holds a group back until then. The latest of several cooldowns counts, and the answer says which that is
 * (13.8). A moment that is over changes nothing. Not a touch by a client.
 */
export const setCooldown: QueueOperation<SetCooldown, CooldownView> = {
  right: 'write',
  reads,

  perform(session, params) {
    const { queue, now } = session
    // It would be deleted with the others.
    if (queue.building?.phase === 'clear')
      return { refused: 'storeUnavailable', values: { problem: clearing } }
    queue.accessed(now)
    const until = 'until' in params ? params.until : now + params.lastsMs
    if (until > now) {
      keepGroups(session)
      cooldown(session, params.group, until)
    }
    return viewOf(session, params.group)
  },
}

const clearing = 'the groups of the queue are being deleted, because its policy was'

/** Ends the cooldown of a group, if it has one (13.8). */
export const endCooldown: QueueOperation<EndCooldown, void> = {
  right: 'write',
  reads,

  perform(session, { group }) {
    const { queue, now } = session
    queue.accessed(now)
    if (queue.grouping !== null) cooldown(session, group, null)
  },
}

/** By what the groups of the queue are is known only when it was read. */
function reads({ group }: EndCooldown): ReadSet {
  return { groups: [...new Set([group, groupOfHost(group, 'domain')])] }
}

function cooldown(session: QueueSession, host: string, until: Millis | null): void {
  const { queue, now, groups } = session
  const name = groupOfHost(host, queue.grouping)
  const group = upToDate(queue, groups.get(name))
  putOrForget(session, withCooldown(group, judgeOf(queue, name), now, until), true)
  queue.described()
}

function viewOf({ queue, now, groups }: QueueSession, host: string): CooldownView {
  const group = groupOfHost(host, queue.grouping)
  const until = queue.grouping !== null ? groups.get(group).cooldownUntil : null
  return { group, cooldownUntil: until !== null && until > now ? until : null }
}
