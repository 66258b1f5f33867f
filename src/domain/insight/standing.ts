/** Where requests stand at one moment, for people who look at a queue (12.1, 14.4). */
import { availabilityOf } from '../availability.ts'
import type { RequestState } from '../request.ts'
import type { Millis } from '../time.ts'

/**
 * A request is in exactly one of these states. `failed` is a part of handled: whoever asks for handled requests gets the
 * failed ones too.
 */
export const standings = ['available', 'locked', 'scheduled', 'held', 'handled', 'failed'] as const
export type Standing = (typeof standings)[number]

/**
 * The state of a request.
 *
 * @param isHeldBack whether its host or its queue takes no hand-outs now; only called if that decides
 */
export function standingOf(
  state: Pick<RequestState, 'place' | 'lock' | 'failure'>,
  now: Millis,
  isHeldBack: () => boolean,
): Standing {
  const availability = availabilityOf(state, now)
  if (availability === 'handled') return state.failure === null ? 'handled' : 'failed'
  if (availability === 'available') return isHeldBack() ? 'held' : 'available'
  return availability
}

/** Whether somebody who asks for these states gets a request in this one. */
export function isAmong(standing: Standing, wanted: ReadonlySet<Standing>): boolean {
  return wanted.has(standing) || (standing === 'failed' && wanted.has('handled'))
}
