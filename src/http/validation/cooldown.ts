import { readHost } from '../../domain/policy/host-pattern.ts'
import { policyLimits } from '../../domain/policy/limits.ts'
import { type Millis, millisOf } from '../../domain/time.ts'
import { invalidInput } from '../errors/errors.ts'
import { momentForms, momentOf } from './moment.ts'

const { secsMax } = policyLimits

interface Asked {
  readonly secs?: unknown
  readonly until?: unknown
}

/**
 * Checks a body that says how long a cooldown lasts. Null and a missing member are the same, and other members
 * are ignored. An empty list is an empty object, because PHP cannot tell them apart.
 *
 * @throws HeadlockError `invalidInput`
 */
export function assertCooldown(body: unknown): void {
  if (typeof body !== 'object' || (Array.isArray(body) && body.length > 0)) {
    throw invalidInput('the body must be an object with secs or until')
  }
  endOf(body as Asked)
}

/**
 * How long a cooldown lasts, from the query or the body of a call. One of them has to say it, and once.
 *
 * @throws HeadlockError `invalidInput`
 */
export function cooldownEnd(
  query: { readonly secs?: number | undefined; readonly until?: string | undefined },
  body: Asked | null,
): { readonly until: Millis } | { readonly lastsMs: Millis } {
  const { secs, until } = query
  const inQuery = endOf({ secs, until: until !== undefined && /^\d+$/.test(until) ? Number(until) : until })
  const inBody = endOf(body ?? {})
  if (inQuery !== null && inBody !== null) {
    throw invalidInput('secs or until must be given once: in the query, or in the body')
  }
  const end = inQuery ?? inBody
  if (end !== null) return end
  throw invalidInput(
    'secs or until is needed, in a JSON body or in the query: how many seconds the cooldown lasts, or when it ends',
  )
}

/** Null if nothing is asked for. */
function endOf({ secs, until }: Asked): { until: Millis } | { lastsMs: Millis } | null {
  const hasUntil = until !== undefined && until !== null
  if (secs === undefined || secs === null) {
    if (!hasUntil) return null
    const moment = momentOf(until)
    if (moment === null) throw invalidInput(`until must be ${momentForms}`)
    return { until: moment }
  }
  if (hasUntil) throw invalidInput('secs and until were both given: give one of them')
  if (typeof secs !== 'number' || !(secs >= 0 && secs <= secsMax)) {
    throw invalidInput(`secs must be a number from 0 to ${secsMax}`)
  }
  return { lastsMs: millisOf(secs) }
}

/**
 * The host that a path names, as the URL standard writes it.
 *
 * @throws HeadlockError `invalidInput`
 */
export function hostIn(path: string): string {
  const read = readHost(path)
  if ('host' in read) return read.host
  throw invalidInput(`the group ${JSON.stringify(path)} in the path ${read.problem}`)
}
