import type { Place } from '../order.ts'
import { liveLock, type RequestState } from '../request.ts'
import type { Millis } from '../time.ts'
import type { Action, ActionName } from './actions.ts'

/** The moment at which an action began. It is done to the requests as they stood then, in however many steps. */
export interface ActionBegin {
  readonly at: Millis
  /** The last sequence number that the queue had given. Places with a higher one are from later. */
  readonly lastSequence: number
}

/** Where a request stands among those that an action is done to. */
export interface ActionKey {
  readonly id: string
  readonly isHandled: boolean
  readonly at: number
  readonly sequence: number
}

/** The part of a state that decides where it stands. */
export type OrderedState = Pick<RequestState, 'handledAt' | 'place' | 'lock'>

/**
 * Whether it matters in which order the requests come, because they get new places. Requests that a caller names come as
 * they are named, but for an unlock (3.5).
 *
 * @param isNamed whether the caller named them
 */
export function isOrdered({ name }: Action, isNamed: boolean): boolean {
  if (name === 'unlock') return true
  return !isNamed && (name === 'giveBack' || name === 'forefront' || name === 'schedule')
}

/**
 * The key by which requests come in an action, so that they keep the order that they have among themselves (14.5): handled
 * ones first, as they were handled, then the others as they leave the queue.
 *
 * @param beganAt a lock that was alive then counts as alive, so that no step finds another order than the ones before
 */
export function keyOfAction(name: ActionName, id: string, state: OrderedState, beganAt: Millis): ActionKey {
  if (state.place === null) return { id, isHandled: true, at: state.handledAt!, sequence: 0 }
  const place = liveLock(state, beganAt)?.placeBefore ?? state.place
  return { id, isHandled: false, ...rankIn(name, place) }
}

function rankIn(name: ActionName, { availableAt, sequence }: Place): Pick<ActionKey, 'at' | 'sequence'> {
  // The head is a stack, so the one that was last in it is released first.
  if (name === 'unlock') return { at: Math.abs(availableAt), sequence: Math.abs(sequence) }
  // The last one that comes to the head is the first one there.
  if (name === 'forefront') return { at: -availableAt, sequence: -sequence }
  return { at: availableAt, sequence }
}

/** Below 0 if the first one comes first. 0 only for the same request. */
export function compareKeys(a: ActionKey, b: ActionKey): number {
  if (a.isHandled !== b.isHandled) return a.isHandled ? -1 : 1
  return a.at - b.at || a.sequence - b.sequence || (a.id === b.id ? 0 : a.id < b.id ? -1 : 1)
}

/**
 * Whether the request got its place after the action had begun: from a client, or from an earlier step. The action does not
 * mean it then, as if all of the action had been done at its beginning.
 */
export function isPlacedSince({ place }: OrderedState, { lastSequence }: ActionBegin): boolean {
  return place !== null && Math.abs(place.sequence) > lastSequence
}
