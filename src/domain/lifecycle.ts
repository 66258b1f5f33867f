/**
 * What happens to one request, as plain functions: (state as stored, what was asked, now) to (state to store,
 * change of counts). The states and every edge between them are drawn in docs/lifecycle.md.
 */
import type { ErrorName, ErrorValues } from './errors.ts'
import { comparePlaces, movedTo, placeAllAt, placeAt, type Side, sideOf } from './order.ts'
import { type Lock, liveLock, type RequestContent, type RequestState, storedBytes } from './request.ts'
import type { Millis } from './time.ts'

/** Who calls, as far as locks are concerned (section 1 of the rules). */
export interface Client {
  /** Its client key, or a fresh random ID when the call gave none: a client never seen before or again. */
  readonly clientKey: string
  /** The run of its token, or null. */
  readonly runId: string | null
}

/** What the counters of the queue move by. */
export interface CountChange {
  readonly total: number
  readonly handled: number
  readonly bytes: number
}

export interface Change {
  readonly state: RequestState
  readonly counts: CountChange
}

/** Refused: the catalogue entry that says why. Nothing is to be stored. */
export interface Refusal {
  readonly refused: ErrorName
  readonly values?: ErrorValues
}

/** When a place has to be given: which moment it is, and the queue's next sequence number (used at most once a change). */
export interface Moment {
  readonly now: Millis
  readonly nextSequence: () => number
}

const noCountChange: CountChange = { total: 0, handled: 0, bytes: 0 }

export function isRefusal(outcome: object | null): outcome is Refusal {
  return outcome !== null && 'refused' in outcome
}

/** Whether this client may act on the lock: it holds it, or belongs to the run that does (5.1). */
export function isHolder(lock: Lock, client: Client): boolean {
  return lock.clientKey === client.clientKey || (lock.runId !== null && lock.runId === client.runId)
}

/** A request that was not there (2.4, 3.1, 3.2). */
export function add(content: RequestContent, side: Side, moment: Moment): Change {
  const { handledAt } = content
  const bytes = storedBytes(content)
  const place = handledAt === null ? placeAt(side, moment.now, moment.nextSequence()) : null
  return {
    state: { handledAt, place, lock: null, bytes },
    counts: { total: 1, handled: handledAt === null ? 0 : 1, bytes },
  }
}

/**
 * Hands a request out (4.1). Its side stays; its moment becomes the end of the lock.
 *
 * @param state of a request that is available
 * @param expiresAt when the lock ends; after now
 */
export function lock(state: RequestState, client: Client, expiresAt: Millis): RequestState {
  const placeBefore = state.place!
  return {
    ...state,
    place: movedTo(placeBefore, expiresAt),
    lock: { clientKey: client.clientKey, runId: client.runId, expiresAt, placeBefore },
  }
}

/**
 * Undoes a lock whose answer could not be delivered (4.6): the request has its old place again.
 *
 * @param expiresAt when the lock ends that is undone; it tells it from a later one of the same client
 * @returns null when this very lock is not alive: nothing changes
 */
export function returnLock(
  state: RequestState,
  clientKey: string,
  expiresAt: Millis,
  now: Millis,
): RequestState | null {
  const held = liveLock(state, now)
  if (held === null || held.clientKey !== clientKey || held.expiresAt !== expiresAt) return null
  return { ...state, place: held.placeBefore, lock: null }
}

/** Whether the lock is that of the client key or of the run (5.4); null stands for none. */
export function isHeldBy(lock: Lock, clientKey: string | null, runId: string | null): boolean {
  return lock.clientKey === clientKey || (runId !== null && lock.runId === runId)
}

/**
 * Releases locks together (3.5): each request is available at once on its own side, and among themselves they keep the
 * order they had before their locks.
 *
 * @param held requests with live locks, in any order
 * @returns what was given, each with its new state, in the order they had
 */
export function unlock<Held extends { readonly state: RequestState }>(
  held: readonly Held[],
  moment: Moment,
): Held[] {
  const placeBefore = ({ state }: Held) => state.lock!.placeBefore
  const inOrder = [...held].sort((a, b) => comparePlaces(placeBefore(a), placeBefore(b)))
  const places = placeAllAt(inOrder.map(placeBefore), moment.now, moment.nextSequence)
  return inOrder.map((one, index) => ({ ...one, state: { ...one.state, place: places[index]!, lock: null } }))
}

/**
 * Counts the lock from now (5.1), for its holder, for the holder's run, and for the last holder whose lock ran
 * out without anybody taking the request since.
 *
 * @param lockMs above 0
 * @param side where it goes when the lock ends; undefined keeps the side it has (3.3)
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
  // A live lock stays with the client that took it: one that prolongs for its run does not become the holder.
  const holder = alive ? lock : client
  return {
    state: {
      ...state,
      place: movedTo(placeBefore, expiresAt),
      lock: { clientKey: holder.clientKey, runId: holder.runId, expiresAt, placeBefore },
    },
    counts: noCountChange,
  }
}

/** Gives one request back, available at once at the given side (3.4, 5.3). Null: nobody holds it, nothing changes. */
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
  return { state: givenBack(state, side, moment), counts: noCountChange }
}

/** Replaces a stored request (6.2 to 6.4, 6.8). One that is not there is added instead (6.1). */
export function update(
  state: RequestState,
  content: RequestContent,
  client: Client,
  side: Side,
  moment: Moment,
): Change {
  const { handledAt } = content
  const bytes = storedBytes(content)
  const next: RequestState = { ...state, handledAt, bytes }
  const counts: CountChange = {
    total: 0,
    handled: (handledAt === null ? 0 : 1) - (state.handledAt === null ? 0 : 1),
    bytes: bytes - state.bytes,
  }
  if (handledAt !== null) return { state: { ...next, place: null, lock: null }, counts }

  const held = liveLock(state, moment.now)
  // Somebody else is at work on it: the data change, the lock, its holder and the place stay.
  if (held !== null && !isHolder(held, client)) return { state: next, counts }

  const released = givenBack(next, side, moment)
  // What ran out on a client stays its own to take back (5.1), unless it is the one that gives it back here.
  const remembered = state.lock !== null && !isHolder(state.lock, client) ? state.lock : null
  return { state: { ...released, lock: remembered }, counts }
}

/** What the counters lose when a request is deleted (6.5). */
export function remove(state: RequestState): CountChange {
  return { total: -1, handled: state.handledAt === null ? 0 : -1, bytes: -state.bytes }
}

function givenBack(state: RequestState, side: Side, moment: Moment): RequestState {
  return { ...state, place: placeAt(side, moment.now, moment.nextSequence()), lock: null }
}
