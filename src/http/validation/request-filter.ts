import { everyRequest, type RequestFilter } from '../../domain/insight/request-filter.ts'
import type { Standing } from '../../domain/insight/standing.ts'
import { readHost } from '../../domain/policy/host-pattern.ts'
import { invalidInput } from '../errors/errors.ts'

/** A filter as a query gives it, or a body (14.4, 14.5). */
export interface AskedFilter {
  readonly state?: readonly Standing[] | undefined
  readonly url?: string | undefined
  readonly host?: string | undefined
  readonly label?: string | undefined
  readonly error?: string | undefined
  readonly client?: string | undefined
  readonly run?: string | undefined
  readonly retryCountMin?: number | undefined
}

/**
 * What is left out, or empty, does not matter.
 *
 * @throws HeadlockError `invalidInput` for a host that is none
 */
export function filterOf({
  state,
  url,
  host,
  label,
  error,
  client,
  run,
  retryCountMin,
}: AskedFilter): RequestFilter {
  return {
    ...everyRequest,
    states: state === undefined ? null : new Set(state),
    url: url || null,
    host: host ? hostOf(host) : null,
    label: label || null,
    error: error || null,
    client: client || null,
    run: run || null,
    retryCountMin: retryCountMin ?? 0,
  }
}

function hostOf(asked: string): string {
  const read = readHost(asked)
  if ('host' in read) return read.host
  throw invalidInput(`the host ${JSON.stringify(asked)} ${read.problem}`)
}
