import { type GroupState, settle } from '../../../domain/policy/group.ts'
import type { Judge } from '../../../domain/policy/group-events.ts'
import { type GroupLimits, limitsOf } from '../../../domain/policy/group-limits.ts'
import type { Policy } from '../../../domain/policy/policy.ts'
import { ruleOf } from '../../../domain/policy/rules.ts'
import type { QueueState } from '../../queue-state.ts'
import { policyOfText } from '../../stored-policy.ts'

/** What the newest policy of the queue says of a group. */
export function judgeOf({ newestPolicy, policyVersion }: QueueState, name: string): Judge {
  return { limits: groupLimits(newestPolicy, name), policyVersion }
}

/**
 * The group with what happened under the policies before, since it was judged by one of them. Each is the judge for the time
 * until it was replaced: under one without bounds nothing is remembered.
 */
export function upToDate(queue: QueueState, group: GroupState): GroupState {
  const { policyVersion, building } = queue
  if (group.judgedBy === policyVersion || building?.before === undefined) return group
  let current = group
  for (const { version, policy, until } of building.before) {
    if (version < group.judgedBy) continue
    current = settle(current, groupLimits(policyOfText(policy), group.name), until)
  }
  return current
}

/** The limits of a group. Remembering them for each group would cost more than finding the rule again. */
export function groupLimits(policy: Policy, name: string): GroupLimits {
  return limitsOf(policy, ruleOf(policy, name))
}
