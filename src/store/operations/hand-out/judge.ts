import { type GroupState, settle } from '../../../domain/policy/group.ts'
import type { Judge } from '../../../domain/policy/group-events.ts'
import { type GroupLimits, limitsOf } from '../../../domain/policy/group-limits.ts'
import type { Policy } from '../../../domain/policy/policy.ts'
import { ruleOf } from '../../../domain/policy/rules.ts'
import type { Millis } from '../../../domain/time.ts'
import type { QueueState } from '../../queue-state.ts'
import { policyOfText } from '../../stored-policy.ts'

/** What the newest policy of the queue says of a group. */
export function judgeOf({ newestPolicy, policyVersion }: QueueState, name: string): Judge {
  return { limits: groupLimits(newestPolicy, name), policyVersion }
}

/**
 * The group with what happened under the policy before. That is judged by that policy: under one without
 * bounds nothing is remembered.
 */
export function upToDate(queue: QueueState, group: GroupState, now: Millis): GroupState {
  if (group.judgedBy === queue.policyVersion) return group
  const before = queue.building?.before
  return before === undefined
    ? group
    : settle(group, groupLimits(policyOfText(before.policy), group.name), now)
}

/** The limits of a group. Remembering them for each group would cost more than finding the rule again. */
export function groupLimits(policy: Policy, name: string): GroupLimits {
  return limitsOf(policy, ruleOf(policy, name))
}
