/**
 * What happens to one request, as plain functions: (row as stored, what was asked, now) to (row to store, change
 * of counts). The states and every edge between them are drawn in docs/lifecycle.md.
 */
import type { ErrorName } from './errors.ts'
import { movedTo, placeAt, type Side, sideOf } from './order.ts'
import { type Lock, liveLock, type RequestContent, type RequestRow, storedBytes } from './request.ts'
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
  readonly row: RequestRow
  readonly counts: CountChange
}

/** Refused: the catalogue entry that says why. Nothing is to be stored. */
export interface Refusal {
  readonly refused: ErrorName
}

/** When a place has to be given: which moment it is, and the queue's next ticket (it is used at most once). */
export interface Moment {
  readonly now: Millis
  readonly nextTicket: () => number
}

const noCountChange: CountChange = { total: 0, handled: 0, bytes: 0 }

export function isRefusal(outcome: object): outcome is Refusal {
  return 'refused' in outcome
}

/** Whether this client may act on the lock: it holds it, or belongs to the run that does (5.1). */
export function isHolder(lock: Lock, client: Client): boolean {
  return lock.clientKey === client.clientKey || (lock.runId !== null && lock.runId === client.runId)
}

/** A request that was not there (2.4, 3.1, 3.2). */
export function add(content: RequestContent, side: Side, moment: Moment): Change {
  const handled = content.handledAt !== null
  return {
    row: {
      ...content,
      place: handled ? null : placeAt(side, moment.now, moment.nextTicket()),
      lock: null,
    },
    counts: { total: 1, handled: handled ? 1 : 0, bytes: storedBytes(content) },
  }
}

/** Hands an available request to a client (4.1). The caller has made sure that it is available. */
export function lock(row: RequestRow, client: Client, lockMs: Millis, now: Millis): RequestRow {
  const placeBefore = row.place!
  const expiresAt = now + lockMs
  return {
    ...row,
    place: movedTo(placeBefore, expiresAt),
    lock: { clientKey: client.clientKey, runId: client.runId, expiresAt, placeBefore },
  }
}

/**
 * Counts the lock from now (5.1), for its holder, for the holder's run, and for the last holder whose lock ran
 * out without anybody taking the request since.
 *
 * @param side where it goes when the lock ends; undefined keeps the side it has (3.3)
 */
export function prolong(
  row: RequestRow,
  client: Client,
  lockMs: Millis,
  side: Side | undefined,
  moment: Moment,
): Change | Refusal {
  const { now } = moment
  if (row.place === null) return { refused: 'requestHandled' }
  if (row.lock === null) return { refused: 'lockNotHeld' }
  if (!isHolder(row.lock, client)) {
    return { refused: now < row.lock.expiresAt ? 'requestLockedByOther' : 'lockNotHeld' }
  }
  const alive = now < row.lock.expiresAt
  const sideChanges = side !== undefined && side !== sideOf(row.place)
  const placeBefore = sideChanges
    ? placeAt(side, now, moment.nextTicket())
    : alive
      ? row.lock.placeBefore
      : row.place
  const expiresAt = now + lockMs
  return {
    row: {
      ...row,
      place: movedTo(placeBefore, expiresAt),
      // The lock stays with the client that took it: one that prolongs for its run does not become the holder.
      lock: alive
        ? { ...row.lock, expiresAt, placeBefore }
        : { clientKey: client.clientKey, runId: client.runId, expiresAt, placeBefore },
    },
    counts: noCountChange,
  }
}

/** Gives one request back, available at once at the given side (3.4, 5.3). Null: nobody holds it, nothing changes. */
export function deleteLock(
  row: RequestRow,
  client: Client,
  side: Side,
  moment: Moment,
): Change | Refusal | null {
  if (row.place === null) return { refused: 'requestHandled' }
  const held = liveLock(row, moment.now)
  if (held === null) return null
  if (!isHolder(held, client)) return { refused: 'requestLockedByOther' }
  return { row: givenBack(row, side, moment), counts: noCountChange }
}

/** Replaces a stored request (6.1 to 6.4, 6.8). A request that is not there is added instead. */
export function update(
  row: RequestRow,
  content: RequestContent,
  client: Client,
  side: Side,
  moment: Moment,
): Change {
  const counts = {
    total: 0,
    handled: (content.handledAt === null ? 0 : 1) - (row.handledAt === null ? 0 : 1),
    bytes: storedBytes(content) - storedBytes(row),
  }
  const next: RequestRow = { ...content, place: row.place, lock: row.lock }
  if (content.handledAt !== null) return { row: { ...next, place: null, lock: null }, counts }
  if (row.place === null) return { row: givenBack(next, side, moment), counts }

  const held = liveLock(row, moment.now)
  // Somebody else is at work on it: the data change, the lock, its holder and the place stay.
  if (held !== null && !isHolder(held, client)) return { row: next, counts }
  const released = givenBack(next, side, moment)
  // The last holder may still take back what ran out on it, unless it is the one that gives it back here.
  const remembers = row.lock !== null && !isHolder(row.lock, client)
  return { row: remembers ? { ...released, lock: row.lock } : released, counts }
}

function givenBack(row: RequestRow, side: Side, moment: Moment): RequestRow {
  return { ...row, place: placeAt(side, moment.now, moment.nextTicket()), lock: null }
}

/** What the counters lose when a request is deleted (6.5). */
export function remove(row: RequestRow): CountChange {
  return { total: -1, handled: row.handledAt === null ? 0 : -1, bytes: -storedBytes(row) }
}
