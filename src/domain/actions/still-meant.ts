import { availabilityOf } from '../availability.ts'
import { isRun, type RequestFilter } from '../insight/request-filter.ts'
import { isAmong, type Standing } from '../insight/standing.ts'
import { liveLock, type RequestState } from '../request.ts'
import type { Millis } from '../time.ts'

/**
 * Whether a request that a filter chose a moment ago has changed so that it is not meant any more: a client has taken or
 * handled it, for example. Hosts are not asked again whether they hold it back.
 */
export function isStillMeant(
  state: RequestState,
  { states, client, run, retryCountMin }: Pick<RequestFilter, 'states' | 'client' | 'run' | 'retryCountMin'>,
  now: Millis,
): boolean {
  const lock = liveLock(state, now)
  if (client !== null && lock?.clientKey !== client) return false
  if (run !== null && (lock === null || !isRun(run, lock.runId))) return false
  if (state.retryCount < retryCountMin) return false
  return states === null || standingsOf(state, now).some((standing) => isAmong(standing, states))
}

function standingsOf(state: RequestState, now: Millis): readonly Standing[] {
  const availability = availabilityOf(state, now)
  if (availability === 'handled') return [state.failure === null ? 'handled' : 'failed']
  return availability === 'available' ? ['available', 'held'] : [availability]
}
