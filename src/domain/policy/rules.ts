/** What a policy says of a group or of a request. The first entry of a list that matches counts. */
import type { Millis } from '../time.ts'
import { HostMatcher } from './host-matcher.ts'
import { hostOf } from './host-names.ts'
import type { GroupRule, Policy } from './policy.ts'

/** The lists of a policy, ready for looking up. */
interface Compiled {
  readonly rules: HostMatcher
  readonly revisit: HostMatcher
  readonly priorityHosts: HostMatcher
  readonly priorityLabels: ReadonlyMap<string, number>
}

const compiledPolicies = new WeakMap<Policy, Compiled>()

/** The rule of a group (13.4). Null if none of the rules is for it. */
export function ruleOf(policy: Policy, group: string): GroupRule | null {
  if (policy.rules.length === 0) return null
  const index = compiled(policy).rules.indexOf(group)
  return index === null ? null : policy.rules[index]!
}

/** The priority of a request that asks for none itself (13.11). 0 if nothing is said. */
export function priorityOf(policy: Policy, url: string, label: unknown): number {
  if (policy.priorities.length === 0) return 0
  const { priorityHosts, priorityLabels } = compiled(policy)
  const byLabel = typeof label === 'string' ? priorityLabels.get(label) : undefined
  const byHost = priorityHosts.indexOf(hostOf(url))
  if (byLabel === undefined && byHost === null) return 0
  return policy.priorities[Math.min(byLabel ?? Infinity, byHost ?? Infinity)]!.priority
}

/** How long after it was handled a request becomes pending again (13.9). Null: never. */
export function revisitAfter(policy: Policy, url: string): Millis | null {
  if (policy.revisit.length === 0) return null
  const index = compiled(policy).revisit.indexOf(hostOf(url))
  return index === null ? null : policy.revisit[index]!.afterMs
}

function compiled(policy: Policy): Compiled {
  const known = compiledPolicies.get(policy)
  if (known !== undefined) return known
  const made = compile(policy)
  compiledPolicies.set(policy, made)
  return made
}

function compile({ rules, revisit, priorities }: Policy): Compiled {
  const priorityLabels = new Map<string, number>()
  const priorityHosts = new HostMatcher()
  for (const [index, entry] of priorities.entries()) {
    if ('hosts' in entry) priorityHosts.add(entry.hosts, index)
    else if (!priorityLabels.has(entry.label)) priorityLabels.set(entry.label, index)
  }
  return { rules: matcherOf(rules), revisit: matcherOf(revisit), priorityHosts, priorityLabels }
}

function matcherOf(entries: readonly { readonly hosts: readonly string[] }[]): HostMatcher {
  const matcher = new HostMatcher()
  for (const [index, { hosts }] of entries.entries()) matcher.add(hosts, index)
  return matcher
}
