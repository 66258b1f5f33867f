/**
 * How one request changes, as plain functions: (stored state, what was asked, now) to (state to store, change
 * of counts). docs/lifecycle.md draws the states and every transition between them.
 */
import { isDue } from './availability.ts'
import type { ErrorName, ErrorValues } from './errors.ts'
import { failureOf } from './insight/failure.ts'
import { comparePlaces, movedTo, placeAllAt, placeAt, type Side, sideOf } from './order.ts'
import type { RetryCurve } from './policy/policy.ts'
import { retryDelay } from './policy/retry.ts'
import { type Lock, liveLock, type RequestContent, type RequestState, storedBytes } from './request.ts'
import type { Millis } from './time.ts'

/** A caller, as far as locks are concerned (section 1 of the rules). */
export interface Client {
  /**
   * The client key, or a new random ID if the call gave none. Such a client is never seen before or again.
   */
  readonly clientKey: string
  /** The run of its token, or null. */
  readonly runId: string | null
}

/** The changes to the counters of the queue. */
export interface CountChange {
  readonly total: number
  readonly handled: number
  readonly bytes: number
}

/** What every rule that changes a request returns. */
export interface Change {
  readonly state: RequestState
  readonly counts: CountChange
}

/** The change of a request that is deleted. */
export interface Removal {
  readonly state: null
  readonly counts: CountChange
}

/** A refusal, by the name of its error in the catalogue. Nothing is stored. */
export interface Refusal {
  readonly refused: ErrorName
  readonly values?: ErrorValues
}

/**
 * What a new place needs: the time, and the queue's next sequence number (used at most once for each change).
 */
export interface Moment {
  readonly now: Millis
  readonly nextSequence: () => number
}

const noCountChange: CountChange = { total: 0, handled: 0, bytes: 0 }

export function isRefusal(outcome: object | null): outcome is Refusal {
  return outcome !== null && 'refused' in outcome
}

/** Whether this client may act on the lock: it holds the lock, or belongs to the run that does (5.1). */
export function isHolder(lock: Lock, client: Client): boolean {
  return lock.clientKey === client.clientKey || (lock.runId !== null && lock.runId === client.runId)
}

/** Adds a new request (2.4, 3.1, 3.2). It is scheduled if it wishes so (13.10). */
export function add(content: RequestContent, side: Side, moment: Moment): Change {
  const { handledAt } = content
  const bytes = storedBytes(content)
  return {
    state: {
      handledAt,
      ...nowhere,
      ...(handledAt === null ? placed(side, availableAt(content, moment.now), moment) : {}),
      bytes,
      ...decidingPart(content),
      failure: failureOf(content),
    },
    counts: { total: 1, handled: handledAt === null ? 0 : 1, bytes },
  }
}

/**
 * Hands out a request (4.1). It stays on its side, and its moment becomes the end of the lock.
 *
 * @param state of an available request
 * @param expiresAt when the lock ends; after now
 */
export function lock(state: RequestState, client: Client, expiresAt: Millis): Change {
  const placeBefore = state.place!
  return {
    state: {
      ...state,
      place: movedTo(placeBefore, expiresAt),
      lock: { clientKey: client.clientKey, runId: client.runId, expiresAt, placeBefore },
      lockExpiries: state.lockExpiries + (state.lock === null ? 0 : 1),
      lockGroup: null,
    },
    counts: noCountChange,
  }
}

/**
 * Undoes a lock whose answer could not be delivered (4.6). The request gets its old place back.
 *
 * @param expiresAt the end of the lock to undo; it distinguishes this lock from a later one of the same
 *   client
 * @returns null if this very lock is not alive, and nothing changes
 */
export function returnLock(
  state: RequestState,
  clientKey: string,
  expiresAt: Millis,
  now: Millis,
): Change | null {
  const held = liveLock(state, now)
  if (held === null || held.clientKey !== clientKey || held.expiresAt !== expiresAt) return null
  const place = held.placeBefore
  // A client may have taken back a request that was scheduled since.
  const scheduledAt = isDue(place, now) ? state.scheduledAt : Math.abs(place.availableAt)
  return { state: { ...state, place, scheduledAt, lock: null, lockGroup: null }, counts: noCountChange }
}

/** Whether the client key or the run holds the lock (5.4). Null means no client key, or no run. */
export function isHeldBy(lock: Lock, clientKey: string | null, runId: string | null): boolean {
  return lock.clientKey === clientKey || (runId !== null && lock.runId === runId)
}

/**
 * Releases locks together (3.5). Each request becomes available at once on its own side. Among themselves
 * they keep the order that they had before their locks.
 *
 * @param held requests with live locks, in any order
 * @returns the same items with their changes, in that order
 */
export function unlock<Held extends { readonly state: RequestState }>(
  held: readonly Held[],
  moment: Moment,
): (Held & Change)[] {
  const placeBefore = ({ state }: Held) => state.lock!.placeBefore
  const inOrder = [...held].sort((a, b) => comparePlaces(placeBefore(a), placeBefore(b)))
  const places = placeAllAt(inOrder.map(placeBefore), moment.now, moment.nextSequence)
  return inOrder.map((one, index) => ({
    ...one,
    state: { ...one.state, place: places[index]!, scheduledAt: null, ...unlocked },
    counts: noCountChange,
  }))
}

/**
 * Restarts the lock from now (5.1). Its holder may do that, the holder's run, and the last holder whose lock
 * expired, if nobody has taken the request since.
 *
 * @param lockMs above 0
 * @param side where the request goes when the lock ends; undefined keeps its side (3.3)
 */
export function prolong(
  state: RequestState,
  client: Client,
  lockMs: Millis,
  side: Side | undefined,
  moment: Moment,
): Change | Refusal {
  const { now } = moment
  const { place, lock } = state
  if (place === null) return { refused: 'requestHandled' }
  if (lock === null) return { refused: 'lockNotHeld' }
  const alive = now < lock.expiresAt
  if (!isHolder(lock, client)) return { refused: alive ? 'requestLockedByOther' : 'lockNotHeld' }

  const sideChanges = side !== undefined && side !== sideOf(place)
  const placeBefore = sideChanges
    ? placeAt(side, now, moment.nextSequence())
    : alive
      ? lock.placeBefore
      : place
  const expiresAt = now + lockMs
  // A live lock stays with the client that took it. A client that prolongs it for its run does not become the
  // holder.
  const holder = alive ? lock : client
  return {
    state: {
      ...state,
      place: movedTo(placeBefore, expiresAt),
      scheduledAt: null,
      lock: { clientKey: holder.clientKey, runId: holder.runId, expiresAt, placeBefore },
      lockExpiries: 0,
      lockGroup: alive ? state.lockGroup : null,
    },
    counts: noCountChange,
  }
}

/**
 * Gives a request back. It is available at once on the given side (3.4, 5.3). Null if nobody holds it, and
 * nothing changes.
 */
export function deleteLock(
  state: RequestState,
  client: Client,
  side: Side,
  moment: Moment,
): Change | Refusal | null {
  if (state.place === null) return { refused: 'requestHandled' }
  const held = liveLock(state, moment.now)
  if (held === null) return null
  if (!isHolder(held, client)) return { refused: 'requestLockedByOther' }
  const place = placed(side, moment.now, moment)
  return { state: { ...state, ...place, ...unlocked }, counts: noCountChange }
}

/**
 * Replaces a stored request (6.2 to 6.4, 6.8). A request that does not exist is added instead (6.1). If it is
 * given back, it is scheduled if it wishes so (13.10). It is also scheduled if it comes back with a higher retry
 * count and there is a retry curve (13.9). The later of both counts.
 */
export function update(
  state: RequestState,
  content: RequestContent,
  client: Client,
  side: Side,
  moment: Moment,
  retry: RetryCurve | null = null,
): Change {
  const { handledAt } = content
  const bytes = storedBytes(content)
  const next: RequestState = {
    ...state,
    handledAt,
    bytes,
    revisitAt: null,
    failure: null,
    ...decidingPart(content),
  }
  const counts: CountChange = {
    total: 0,
    handled: (handledAt === null ? 0 : 1) - (state.handledAt === null ? 0 : 1),
    bytes: bytes - state.bytes,
  }
  if (handledAt !== null) return { state: { ...next, ...nowhere, failure: failureOf(content) }, counts }

  const held = liveLock(state, moment.now)
  // Another client is working on it. The data changes, but the lock, its holder and the place stay.
  if (held !== null && !isHolder(held, client)) return { state: next, counts }

  // A client may take back its expired lock (5.1), unless it is the client that gives the request back here.
  const expiredLock = state.lock !== null && !isHolder(state.lock, client) ? state.lock : null
  const isRetry = retry !== null && state.handledAt === null && content.retryCount > state.retryCount
  const retryAt = isRetry ? moment.now + retryDelay(retry, content.retryCount) : moment.now
  const place = placed(side, Math.max(retryAt, availableAt(content, moment.now)), moment)
  const lockExpiries = expiredLock === null ? 0 : -1
  return { state: { ...next, ...place, lock: expiredLock, lockExpiries, lockGroup: null }, counts }
}

/** Deletes a request, locked or not (6.5). */
export function remove({ handledAt, bytes }: RequestState): Removal {
  return { state: null, counts: { total: -1, handled: handledAt === null ? 0 : -1, bytes: -bytes } }
}

/** A request that was given back. */
const unlocked = { lock: null, lockExpiries: 0, lockGroup: null }

/** A handled request is not in the order. */
const nowhere = {
  place: null,
  scheduledAt: null,
  group: null,
  lock: null,
  lockExpiries: 0,
  lockGroup: null,
  revisitAt: null,
}

/** A new place on this side: for at once, or for a later moment. */
function placed(side: Side, at: Millis, moment: Moment): Pick<RequestState, 'place' | 'scheduledAt'> {
  return {
    place: placeAt(side, at, moment.nextSequence()),
    scheduledAt: at > moment.now ? at : null,
  }
}

/** The first moment at which a request may be handed out that is added or given back now (13.10). */
function availableAt({ wishes }: RequestContent, now: Millis): Millis {
  if (wishes === undefined) return now
  return Math.max(now + (wishes.delayMs ?? 0), wishes.notBefore ?? now)
}

/** The part of a content that rules decide by. */
function decidingPart({ retryCount, wishes }: RequestContent): Pick<RequestState, 'retryCount' | 'priority'> {
  return { retryCount, priority: wishes?.priority ?? 0 }
}
