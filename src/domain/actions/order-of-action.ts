import { compareAges, comparePlaces } from '../order.ts'
import { liveLock, type RequestState } from '../request.ts'
import type { Millis } from '../time.ts'
import type { ActionName } from './actions.ts'

interface Held {
  readonly state: RequestState
}

/**
 * The order in which an action is done to requests, so that they keep the order that they have among themselves (14.5):
 * handled ones first, as they were handled, then the others as they leave the queue. Requests that a caller names are done as
 * they are named, but for an unlock (3.5).
 *
 * @param isNamed whether the caller named them
 */
export function inOrderOfAction<One extends Held>(
  name: ActionName,
  requests: readonly One[],
  isNamed: boolean,
  now: Millis,
): readonly One[] {
  const placeOf = ({ state }: One) => liveLock(state, now)?.placeBefore ?? state.place!
  const unhandled = requests.filter(({ state }) => state.place !== null)
  // Only locked ones are unlocked. The head is a stack, so the one that was last in it is released first.
  if (name === 'unlock') return unhandled.sort((a, b) => compareAges(placeOf(a), placeOf(b)))
  if (isNamed) return requests
  unhandled.sort((a, b) => comparePlaces(placeOf(a), placeOf(b)))
  // The last one that comes to the head is the first one there.
  if (name === 'forefront') return unhandled.reverse()
  const handled = requests.filter(({ state }) => state.place === null)
  return [...handled.sort((a, b) => a.state.handledAt! - b.state.handledAt!), ...unhandled]
}
