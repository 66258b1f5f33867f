import { policyLimits } from '../../domain/policy/limits.ts'
import type { Wishes } from '../../domain/request.ts'
import { millisOf } from '../../domain/time.ts'
import { invalidInput } from '../errors/errors.ts'
import { momentForms, momentOf } from './moment.ts'

/**
 * Reads what a request asks for itself in `userData.headlock` (13.10). A member that is null counts as left
 * out, and members that are not among the wishes are the caller's own.
 *
 * @param asked the member `headlock`, which is there and not null
 * @param element the place of the request in a batch, which refusals then name (6.7)
 * @returns undefined if it asks for nothing
 * @throws HeadlockError `invalidInput`, naming the first member that is wrong
 */
export function wishesOf(asked: unknown, element?: number): Wishes | undefined {
  const wrong = (name: string, problem: string) => {
    const where = element === undefined ? '' : ` of element ${element}`
    return invalidInput(`userData.headlock${name}${where} must be ${problem}`)
  }
  if (typeof asked !== 'object' || asked === null) throw wrong('', 'an object')
  const { delaySecs = null, notBefore = null, priority = null } = asked as Record<string, unknown>
  if (delaySecs !== null && !isDelay(delaySecs)) {
    throw wrong('.delaySecs', `a number from 0 to ${policyLimits.secsMax}`)
  }
  const moment = notBefore === null ? null : momentOf(notBefore)
  if (notBefore !== null && moment === null) {
    throw wrong('.notBefore', momentForms)
  }
  const { priorityMin, priorityMax } = policyLimits
  if (priority !== null && !isPriority(priority)) {
    throw wrong('.priority', `a whole number from ${priorityMin} to ${priorityMax}`)
  }
  const wishes: Wishes = {
    ...(delaySecs !== null && delaySecs > 0 && { delayMs: millisOf(delaySecs) }),
    ...(moment !== null && { notBefore: moment }),
    // 0 is a wish too: it counts more than the policy (13.11).
    ...(priority !== null && { priority: priority + 0 }),
  }
  return Object.keys(wishes).length === 0 ? undefined : wishes
}

function isDelay(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= policyLimits.secsMax
}

function isPriority(value: unknown): value is number {
  const { priorityMin, priorityMax } = policyLimits
  return Number.isInteger(value) && priorityMin <= (value as number) && (value as number) <= priorityMax
}
