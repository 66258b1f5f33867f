/**
 * Invariants of stored data that hold for every database: of one request, and of a queue with its requests.
 * Each check stands next to its repair, if the rest of the row shows what is right.
 */
import { requestIdOf } from '../../domain/identity.ts'
import { isDate, type Millis } from '../../domain/time.ts'
import type { RequestRow, StateRow } from '../columns/requests.ts'

/** The columns of a request that are checked. */
export interface CheckedRow extends StateRow, Pick<RequestRow, 'id' | 'unique_key'> {}

/** The time of the queue. It decides whether a lock is alive. */
export interface CheckTime {
  /** The latest time that the queue has used. A lock that was alive then must still look alive. */
  readonly shownAt: Millis
  /** No earlier than `shownAt`. */
  readonly now: Millis
}

/** Collects problems. However many there are, it keeps only a bounded number. */
export class Findings {
  readonly #examples = new Map<string, string[]>()
  readonly #counts = new Map<string, number>()
  static readonly #examplesMax = 20

  add(problem: string, what: string): void {
    const examples = this.#examples.get(problem) ?? []
    if (examples.length < Findings.#examplesMax) examples.push(what)
    this.#examples.set(problem, examples)
    this.#counts.set(problem, (this.#counts.get(problem) ?? 0) + 1)
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0
  }

  /** Each problem with the places where it was found, at most `examplesMax` for each kind. */
  texts(examplesMax: number = Findings.#examplesMax): string[] {
    return [...this.#examples].flatMap(([problem, examples]) => {
      const left = this.#counts.get(problem)! - Math.min(examples.length, examplesMax)
      const shown = examples.slice(0, examplesMax).map((what) => `${problem}: ${what}`)
      return left > 0 ? [...shown, `${problem}: ${left.toLocaleString('en')} more`] : shown
    })
  }

  /** One line for each kind of problem: how often it was found, and the first place. */
  summary(): string[] {
    return [...this.#counts].map(([problem, count]) => {
      const first = this.#examples.get(problem)![0]!
      return count === 1
        ? `${problem}: ${first}`
        : `${problem}: ${count.toLocaleString('en')} times, first ${first}`
    })
  }
}

/** The counts that are stored with a queue. */
export interface StoredCounts {
  readonly total: number
  readonly handled: number
  readonly bytes: number
  readonly lastSequence: number
}

/** The real counts of the requests of a queue. */
export class QueueTally {
  total = 0
  handled = 0
  bytes = 0
  lastSequence = 0

  add(row: StateRow): void {
    this.total++
    if (row.handled_at !== null) this.handled++
    this.bytes += row.bytes
    if (row.sequence !== null) this.lastSequence = Math.max(this.lastSequence, Math.abs(row.sequence))
  }

  /** The last sequence number of a queue may be higher, because deleted or moved requests had it. */
  agreesWith(stored: StoredCounts): boolean {
    return (
      stored.total === this.total &&
      stored.handled === this.handled &&
      stored.bytes === this.bytes &&
      stored.lastSequence >= this.lastSequence
    )
  }

  /** The differences, for people: `total 10, there are 11`. */
  differenceTo(stored: StoredCounts): string {
    const parts: string[] = []
    for (const name of ['total', 'handled', 'bytes'] as const) {
      if (stored[name] !== this[name]) parts.push(`${name} ${stored[name]}, there are ${this[name]}`)
    }
    if (stored.lastSequence < this.lastSequence) {
      parts.push(`last sequence number ${stored.lastSequence}, a request has ${this.lastSequence}`)
    }
    return parts.join('; ')
  }
}

/** Finds every contradiction in one request. */
export function checkRow(row: CheckedRow, time: CheckTime, findings: Pick<Findings, 'add'>): void {
  if (row.id !== requestIdOf(row.unique_key)) {
    findings.add('the ID of a request does not correspond to its unique key', row.id)
  }
  const isHandled = row.handled_at !== null
  const hasPlace = row.available_at !== null && row.sequence !== null
  const hasPart = row.available_at !== null || row.sequence !== null
  if (isHandled ? hasPart : !hasPlace) {
    findings.add('a request is both handled and in the order, or neither', row.id)
  }
  if (isHandled && row.locked_by !== null) findings.add('a handled request has a lock', row.id)
  if (isHandled && row.scheduled_at !== null) findings.add('a handled request is scheduled', row.id)
  if (isLockBroken(row)) findings.add('a lock is incomplete', row.id)
  if (isHandled || row.available_at === null || row.sequence === null) return
  if (row.available_at < 0 !== row.sequence < 0) {
    findings.add('the two parts of a place are on different sides', row.id)
  }
  const liveUntil = liveLockEnd(row, time)
  const from = Math.abs(row.available_at)
  if (liveUntil !== null && from !== liveUntil) {
    findings.add('the place of a request does not follow from its lock', row.id)
  }
  if (liveUntil === null && from > time.now && !isScheduledFor(row, from)) {
    findings.add('a request that nobody holds waits for a moment that nobody asked for', row.id)
  }
  if (isScheduledElsewhere(row, liveUntil, time)) {
    findings.add('a request is scheduled for another moment than that of its place', row.id)
  }
}

/**
 * Repairs a row. What is certain stays: a handled request stays handled, a request with a complete lock stays
 * locked, and a side and a rank stay if they are present.
 *
 * @param nextSequence gives the next sequence number of the queue, for a request that has lost its rank
 * @returns null if the row is right
 */
export function repairedRow(row: StateRow, time: CheckTime, nextSequence: () => number): StateRow | null {
  const next = { ...row }
  if (next.handled_at !== null || isLockBroken(next)) {
    if (hasRunOut(next, time)) next.lock_expiries = (next.lock_expiries ?? 0) + 1 || null
    // A lock with missing parts is removed, because nobody can tell its end or its holder.
    next.locked_by = null
    next.locked_run = null
    next.lock_expires_at = null
    next.available_before = null
  }
  if (next.handled_at !== null) {
    next.available_at = null
    next.sequence = null
    next.scheduled_at = null
  } else {
    next.available_at ??= time.now
    const sign = next.available_at < 0 ? -1 : 1
    next.sequence = sign * Math.abs(next.sequence ?? nextSequence())
    const liveUntil = liveLockEnd(next, time)
    if (liveUntil !== null) next.available_at = sign * liveUntil
    // A request that has lost its lock still has the place of the lock.
    else if (!isScheduledFor(next, Math.abs(next.available_at))) {
      next.available_at = sign * Math.min(Math.abs(next.available_at), time.now)
    }
    if (isScheduledElsewhere(next, liveUntil, time)) next.scheduled_at = null
  }
  const columns = Object.keys(next) as (keyof StateRow)[]
  return columns.some((column) => next[column] !== row[column]) ? next : null
}

/**
 * Gives a new rank to one of two requests with the same rank. It then comes after the other one, if both
 * became available together.
 */
export function withSequence(row: StateRow, sequence: number): StateRow {
  return { ...row, sequence: row.sequence! < 0 ? -sequence : sequence }
}

function isLockBroken(row: StateRow): boolean {
  const parts = [row.locked_by, row.lock_expires_at, row.available_before]
  const present = parts.filter((part) => part !== null).length
  return present === 0 ? row.locked_run !== null : present < parts.length
}

/** Whether somebody held the request to the end of a lock that is not complete any more. It counts as run out (13.12). */
function hasRunOut({ handled_at, locked_by, lock_expires_at }: StateRow, { now }: CheckTime): boolean {
  return handled_at === null && locked_by !== null && lock_expires_at !== null && lock_expires_at <= now
}

/** Whether it was scheduled for this moment, the one of its place. */
function isScheduledFor({ scheduled_at }: StateRow, from: Millis): boolean {
  return scheduled_at === from && isDate(from)
}

/** Whether it is scheduled, but its place says that it is locked or due, or that another moment counts. */
function isScheduledElsewhere(row: StateRow, liveUntil: Millis | null, { now }: CheckTime): boolean {
  if (row.scheduled_at === null || row.scheduled_at <= now) return false
  return liveUntil !== null || !isScheduledFor(row, Math.abs(row.available_at!))
}

/** The end of the lock, if it was alive at the latest time used. Null if there is none. */
function liveLockEnd(row: StateRow, { shownAt }: CheckTime): Millis | null {
  if (row.locked_by === null || row.lock_expires_at === null) return null
  return row.lock_expires_at > shownAt ? row.lock_expires_at : null
}
