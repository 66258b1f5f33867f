/**
 * What the policy of a queue allows (sections 12 and 13 of the rules), straight from the rules and by brute
 * force. Nothing is kept but what happened: the last hand-out and the last end of work of each group. Every
 * question is answered by looking at all requests of the queue.
 */
import { type GroupRule, needsGroups, type Policy } from '../../src/domain/policy/policy.ts'
import type { RequestContent } from '../../src/domain/request.ts'
import type { Millis } from '../../src/domain/time.ts'
import type { CooldownView } from '../../src/store/params/policies.ts'
import { forgetHistories } from './history.ts'
import type { GroupRecord, StoredQueue, StoredRequest } from './stored.ts'

/** A group of which nothing is known. */
const noRecord: GroupRecord = {
  handedOutAt: Number.NEGATIVE_INFINITY,
  endedAt: Number.NEGATIVE_INFINITY,
  slowedToMs: 0,
  cooldownUntil: Number.NEGATIVE_INFINITY,
}

export type HoldReason = 'queuePaused' | 'paused' | 'cooldown' | 'delay' | 'concurrency'

/** Why the group gets nothing now. Null: it may get a request. */
export function heldBackBy(queue: StoredQueue, group: string, now: Millis): HoldReason | null {
  if (queue.policy.isPaused) return 'queuePaused'
  const rule = ruleFor(queue.policy, group)
  if (rule?.isPaused) return 'paused'
  const { cooldownUntil, handedOutAt, endedAt } = recordOf(queue, group)
  if (now < cooldownUntil) return 'cooldown'
  if (isFull(queue, group)) return 'concurrency'
  const delayMs = delayOf(queue, group)
  if (delayMs > 0 && now < Math.max(handedOutAt, endedAt) + delayMs) return 'delay'
  return null
}

/** Whether the group has as many live locks as its rule allows. */
export function isFull(queue: StoredQueue, group: string): boolean {
  const concurrency = ruleFor(queue.policy, group)?.concurrency ?? null
  return concurrency !== null && liveLocksOf(queue, group) >= concurrency
}

/** @param queue whose expired locks are removed */
export function liveLocksOf(queue: StoredQueue, group: string): number {
  return queue.requests.filter(({ lock }) => lock !== null && groupFor(queue, lock) === group).length
}

/** The delay of the group now: that of its rule, or a longer one to which it has slowed down (13.7). */
export function delayOf(queue: StoredQueue, group: string): Millis {
  const ruleMs = ruleFor(queue.policy, group)?.delayMs ?? 0
  const { adaptiveMaxDelayMs } = queue.policy
  if (adaptiveMaxDelayMs === null) return ruleMs
  return Math.max(ruleMs, Math.min(recordOf(queue, group).slowedToMs, adaptiveMaxDelayMs))
}

/** A request of the group was handed out. */
export function noteHandOut(queue: StoredQueue, group: string, now: Millis): void {
  change(queue, group, { handedOutAt: now })
}

/** Work on a request of the group has ended at that time, which is never before the last one. */
export function noteEndOfWork(queue: StoredQueue, group: string, at: Millis): void {
  change(queue, group, { endedAt: Math.max(at, recordOf(queue, group).endedAt) })
}

/** A request came back unhandled with a higher retry count: the delay doubles (13.7). */
export function slowDown(queue: StoredQueue, group: string): void {
  const { adaptiveMaxDelayMs } = queue.policy
  if (adaptiveMaxDelayMs === null) return
  const doubledMs = Math.max(1000, 2 * delayOf(queue, group))
  change(queue, group, { slowedToMs: Math.min(doubledMs, adaptiveMaxDelayMs) })
}

/** A request was handled: the delay is halved (13.7). */
export function speedUp(queue: StoredQueue, group: string): void {
  if (queue.policy.adaptiveMaxDelayMs === null) return
  change(queue, group, { slowedToMs: Math.floor(delayOf(queue, group) / 2) })
}

/** The later of several wins (13.8). */
export function coolDown(queue: StoredQueue, host: string, until: Millis, now: Millis): CooldownView {
  if (until > now) {
    keepGroups(queue)
    const group = groupOfHost(queue, host)
    change(queue, group, { cooldownUntil: Math.max(until, recordOf(queue, group).cooldownUntil) })
  }
  const group = groupOfHost(queue, host)
  const { cooldownUntil } = recordOf(queue, group)
  return { group, cooldownUntil: cooldownUntil > now ? cooldownUntil : null }
}

export function endCooldown(queue: StoredQueue, host: string): void {
  change(queue, groupOfHost(queue, host), { cooldownUntil: noRecord.cooldownUntil })
}

/** From now on the queue has this policy. */
export function replacePolicy(queue: StoredQueue, policy: Policy): void {
  for (const [group, record] of queue.groups) {
    const { handedOutAt, endedAt } = noRecord
    // A rule counts what happens while it, or another rule, bounds the group. What happened in a group that
    // nothing bounded is not known.
    if (!isBounded(queue.policy, group)) queue.groups.set(group, { ...record, handedOutAt, endedAt })
  }
  queue.policy = policy
  if (!policy.keepsHistory) forgetHistories(queue)
  if (needsGroups(policy)) regroup(queue, policy.groupBy ?? 'host')
  else if (!queue.keepsGroups) regroup(queue, null)
}

/** A request asks for a priority, or somebody for a cooldown. */
export function keepGroups(queue: StoredQueue): void {
  queue.keepsGroups = true
  if (queue.groupsBy === null) regroup(queue, 'host')
}

/** Other groups begin anew: nothing of what happened in the old ones counts in them. */
function regroup(queue: StoredQueue, groupsBy: StoredQueue['groupsBy']): void {
  if (queue.groupsBy === groupsBy) return
  queue.groupsBy = groupsBy
  queue.groups.clear()
  for (const request of queue.requests) {
    if (request.lock !== null) request.lock = { ...request.lock, url: request.content.url }
  }
}

function isBounded(policy: Policy, group: string): boolean {
  const rule = ruleFor(policy, group)
  return (
    policy.adaptiveMaxDelayMs !== null || (rule?.concurrency ?? null) !== null || (rule?.delayMs ?? 0) > 0
  )
}

export function recordOf(queue: StoredQueue, group: string): GroupRecord {
  return queue.groups.get(group) ?? noRecord
}

function change(queue: StoredQueue, group: string, changed: Partial<GroupRecord>): void {
  queue.groups.set(group, { ...recordOf(queue, group), ...changed })
}

/** The first rule whose hosts match counts (13.4). */
export function ruleFor(policy: Policy, group: string): GroupRule | null {
  return policy.rules.find(({ hosts }) => matches(hosts, group)) ?? null
}

/** The group of a request (13.3). */
export function groupFor(queue: StoredQueue, { url }: Pick<RequestContent, 'url'>): string {
  return groupOfHost(queue, hostOf(url))
}

function groupOfHost({ groupsBy }: StoredQueue, host: string): string {
  return groupsBy === 'domain' ? domainOf(host) : host
}

function hostOf(url: string): string {
  return new URL(url.trim()).hostname.toLowerCase()
}

/** For the hosts of the tests, which have no other suffixes than these. */
function domainOf(host: string): string {
  if (/^\[|^[\d.]+$/.test(host)) return host
  const labels = host.split('.')
  return labels.slice(host.endsWith('.co.uk') ? -3 : -2).join('.')
}

function matches(hosts: readonly string[], name: string): boolean {
  return hosts.some((pattern) => {
    if (pattern === '*' || pattern === name) return true
    return pattern.startsWith('*.') && `.${name}`.endsWith(pattern.slice(1))
  })
}

/** What the request asks for itself, or what the policy says of it, or 0 (13.10, 13.11). */
export function priorityOf(queue: StoredQueue, { content }: StoredRequest): number {
  if (content.wishes?.priority !== undefined) return content.wishes.priority
  const label = labelOf(content)
  const found = queue.policy.priorities.find((each) =>
    'label' in each ? each.label === label : matches(each.hosts, hostOf(content.url)),
  )
  return found?.priority ?? 0
}

function labelOf({ otherFields }: RequestContent): unknown {
  const fields: { userData?: { label?: unknown } } = JSON.parse(`{${otherFields}}`)
  return fields.userData?.label
}

/** When a request that is added or given back now may be handed out, by its own wish (13.10). */
export function wishedTime({ wishes }: RequestContent, now: Millis): Millis {
  return Math.max(now, now + (wishes?.delayMs ?? 0), wishes?.notBefore ?? 0)
}

/** When a request that failed and is given back now may be handed out again (13.9). */
export function retryTime({ policy }: StoredQueue, retryCount: number, now: Millis): Millis {
  if (policy.retry === null) return now
  const { initialMs, factor, maxMs } = policy.retry
  return now + Math.floor(Math.min(maxMs, initialMs * factor ** (retryCount - 1)))
}

/** When a handled request becomes pending again (13.9). Null: never, or it is pending. */
export function revisitTime({ policy }: StoredQueue, { content }: StoredRequest): Millis | null {
  const { handledAt, url } = content
  const found = policy.revisit.find(({ hosts }) => matches(hosts, hostOf(url)))
  return handledAt === null || found === undefined ? null : handledAt + found.afterMs
}
