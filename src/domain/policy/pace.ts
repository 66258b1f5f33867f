/** How a group slows down and speeds up by itself (13.7). */
import type { Millis } from '../time.ts'
import type { GroupLimits } from './group-limits.ts'

/** The shortest delay of a group that has to slow down. */
const firstDelayMs: Millis = 1000

/** What a group remembers of it. */
export interface Pace {
  /** The delay to which the group has slowed down. 0: it has not. */
  readonly slowedToMs: Millis
}

/** The delay of the group now: that of its rule, or a longer one to which it has slowed down. */
export function delayOf({ slowedToMs }: Pace, { delayMs, adaptiveMaxDelayMs }: GroupLimits): Millis {
  if (adaptiveMaxDelayMs === null) return delayMs
  return Math.max(delayMs, Math.min(slowedToMs, adaptiveMaxDelayMs))
}

/** After a request came back unhandled with a higher `retryCount`. */
export function slowed(pace: Pace, limits: GroupLimits): Millis {
  if (limits.adaptiveMaxDelayMs === null) return pace.slowedToMs
  return Math.min(Math.max(firstDelayMs, 2 * delayOf(pace, limits)), limits.adaptiveMaxDelayMs)
}

/** After a request was handled. Delays are whole milliseconds, so a group without a rule gets rid of its delay. */
export function quickened(pace: Pace, limits: GroupLimits): Millis {
  if (limits.adaptiveMaxDelayMs === null) return pace.slowedToMs
  return Math.floor(delayOf(pace, limits) / 2)
}
