/** What the policy of a queue allows one group, without regard to what happens in it. */
import type { Millis } from '../time.ts'
import type { GroupRule, Policy } from './policy.ts'

export interface GroupLimits {
  /** How many live locks the group may have. Infinity: any number. */
  readonly concurrency: number
  /** The delay of the rule. 0: none. */
  readonly delayMs: Millis
  /** The longest delay to which the group slows down by itself (13.7). Null: it does not. */
  readonly adaptiveMaxDelayMs: Millis | null
  readonly isPaused: boolean
}

/** @param rule that counts for the group; null if none does */
export function limitsOf(
  { adaptiveMaxDelayMs }: Pick<Policy, 'adaptiveMaxDelayMs'>,
  rule: GroupRule | null,
): GroupLimits {
  return {
    concurrency: rule?.concurrency ?? Number.POSITIVE_INFINITY,
    delayMs: rule?.delayMs ?? 0,
    adaptiveMaxDelayMs,
    isPaused: rule?.isPaused ?? false,
  }
}

/** Whether no group may get a second request while it has one, whatever happened in it. */
export function handOutOneAtATime(policy: Pick<Policy, 'rules'>): boolean {
  return mostAtOnce(policy) <= 1
}

/** How many requests a group may get at once while no client holds one of it. Infinity: any number. */
export function mostAtOnce({ rules }: Pick<Policy, 'rules'>): number {
  if (!rules.some(({ hosts }) => hosts.includes('*'))) return Number.POSITIVE_INFINITY
  return rules.reduce((most, { concurrency, delayMs, isPaused }) => {
    if (isPaused) return most
    return Math.max(most, delayMs > 0 ? 1 : (concurrency ?? Number.POSITIVE_INFINITY))
  }, 0)
}

/**
 * Whether it matters when the group got its last request, and when work on it last ended. Where it does not,
 * nothing remembers that, as in a queue without a policy.
 */
export function isBounded({ concurrency, delayMs, adaptiveMaxDelayMs }: GroupLimits): boolean {
  return concurrency !== Number.POSITIVE_INFINITY || delayMs > 0 || adaptiveMaxDelayMs !== null
}
