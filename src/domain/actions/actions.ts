/**
 * What the owner of a queue does to requests (rule 14.5), whoever holds them. Each function returns null where it
 * would change nothing.
 */
import { withoutErrorMessages } from '../error-messages.ts'
import { failureOf } from '../insight/failure.ts'
import { type Change, type Moment, unlock } from '../lifecycle.ts'
import { movedTo, placeAt } from '../order.ts'
import { liveLock, type RequestContent, type RequestState, storedBytes } from '../request.ts'
import type { Millis } from '../time.ts'

export const actionNames = ['giveBack', 'markHandled', 'delete', 'unlock', 'forefront', 'schedule'] as const
export type ActionName = (typeof actionNames)[number]

/** An action with what it takes. */
export interface Action {
  readonly name: ActionName
  /** `giveBack` leaves the error messages of the request. */
  readonly keepsErrors: boolean
  /** For `schedule`: not handed out before this moment. Null for the others. */
  readonly availableAt: Millis | null
}

/** Actions that need the content of the requests, and not only their states. */
export function needsContent({ name }: Action): boolean {
  return name === 'giveBack' || name === 'markHandled'
}

/** A request that an action changes as a whole. */
export interface Replacement {
  readonly content: RequestContent
  readonly change: Change
}

const noCountChange = { total: 0, handled: 0, bytes: 0 }
const released = { lock: null, lockExpiries: 0, lockGroup: null }

/** Pending again, available at once at the end, with a retry count of 0 and without its errors. */
export function givenBack(
  state: RequestState,
  before: RequestContent,
  keepsErrors: boolean,
  { now, nextSequence }: Moment,
): Replacement {
  const otherFields = keepsErrors ? before.otherFields : withoutErrorMessages(before.otherFields)
  const content = { ...before, retryCount: 0, handledAt: null, otherFields }
  const bytes = storedBytes(content)
  return {
    content,
    change: {
      state: {
        ...state,
        ...released,
        handledAt: null,
        place: placeAt('end', now, nextSequence()),
        scheduledAt: null,
        retryCount: 0,
        bytes,
        revisitAt: null,
        failure: null,
      },
      counts: { total: 0, handled: state.handledAt === null ? 0 : -1, bytes: bytes - state.bytes },
    },
  }
}

/** Handled now. */
export function markedHandled(state: RequestState, before: RequestContent, now: Millis): Replacement | null {
  if (state.handledAt !== null) return null
  const content = { ...before, handledAt: now }
  const nowhere = { place: null, scheduledAt: null, group: null }
  return {
    content,
    change: {
      state: { ...state, ...released, ...nowhere, handledAt: now, failure: failureOf(content) },
      counts: { ...noCountChange, handled: 1 },
    },
  }
}

/** Without its lock, available at once on the side that it has, as by a bulk unlock (3.5). */
export function unlocked(state: RequestState, moment: Moment): Change | null {
  return liveLock(state, moment.now) === null ? null : unlock([{ state }], moment)[0]!
}

/**
 * Before everything that is in the queue now, and available at once. A locked request stays locked, and comes first when its
 * lock ends.
 */
export function movedToHead(state: RequestState, { now, nextSequence }: Moment): Change | null {
  if (state.place === null) return null
  const place = placeAt('forefront', now, nextSequence())
  const lock = liveLock(state, now)
  if (lock === null) return { state: { ...state, place, scheduledAt: null }, counts: noCountChange }
  const moved = { place: movedTo(place, lock.expiresAt), lock: { ...lock, placeBefore: place } }
  return { state: { ...state, ...moved }, counts: noCountChange }
}

/** Nobody holds it any more, and it is not handed out before that moment. */
export function scheduled(state: RequestState, at: Millis, { now, nextSequence }: Moment): Change | null {
  if (state.place === null) return null
  const place = placeAt('end', Math.max(at, now), nextSequence())
  const scheduledAt = at > now ? at : null
  return { state: { ...state, ...released, place, scheduledAt }, counts: noCountChange }
}
