import type { Millis } from '../time.ts'
import { type GroupState, openingOf } from './group.ts'
import type { GroupLimits } from './group-limits.ts'

/**
 * The first moment from this one at which the group takes hand-outs, if nothing happens to it but locks that run out.
 * Null if it never does.
 */
export function opensAt(group: GroupState, limits: GroupLimits, from: Millis): Millis | null {
  for (let at = from; ; ) {
    const { room, until } = openingOf(group, limits, at)
    if (room > 0) return at
    if (until === null) return null
    // A lock that runs out before then is an end of work, after which the delay begins anew.
    at = until
  }
}
