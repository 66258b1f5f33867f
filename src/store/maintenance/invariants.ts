/**
 * What has to hold of what is stored, whatever the database: of one request, and of a queue and its requests together.
 * Each rule stands beside what mends it, where the rest of the row leaves no doubt about what is right.
 */
import { requestIdOf } from '../../domain/identity.ts'
import { limits } from '../../domain/limits.ts'
import type { Millis } from '../../domain/time.ts'
import type { RequestRow, StateRow } from '../columns/requests.ts'

/** The columns of a request that are checked. */
export interface CheckedRow extends StateRow, Pick<RequestRow, 'id' | 'unique_key'> {}

/** The time of the queue, by which a lock is alive or not. */
export interface CheckTime {
  /** The latest time that was shown: what was alive then has to look so. */
  readonly shownAt: Millis
  /** No earlier than `shownAt`. */
  readonly now: Millis
}

/** Keeps what was found within bounds, however much is wrong. */
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

  /** Each with where it was found, at most so many of one kind. */
  texts(examplesMax: number = Findings.#examplesMax): string[] {
    return [...this.#examples].flatMap(([problem, examples]) => {
      const left = this.#counts.get(problem)! - Math.min(examples.length, examplesMax)
      const shown = examples.slice(0, examplesMax).map((what) => `${problem}: ${what}`)
      return left > 0 ? [...shown, `${problem}: ${left.toLocaleString('en')} more`] : shown
    })
  }

  /** One line for each kind: how often, and the first of them. */
  summary(): string[] {
    return [...this.#counts].map(([problem, count]) => {
      const first = this.#examples.get(problem)![0]!
      return count === 1
        ? `${problem}: ${first}`
        : `${problem}: ${count.toLocaleString('en')} times, first ${first}`
    })
  }
}

/** What a queue says of its requests. */
export interface StatedCounts {
  readonly total: number
  readonly handled: number
  readonly bytes: number
  readonly lastSequence: number
}

/** What the requests of a queue really come to. */
export class QueueTally {
  total = 0
  handled = 0
  bytes = 0
  lastSequence = 0
  /** With a lock, alive or run out. */
  held = 0

  add(row: StateRow): void {
    this.total++
    if (row.handled_at !== null) this.handled++
    this.bytes += row.bytes
    if (row.locked_by !== null) this.held++
    if (row.sequence !== null) this.lastSequence = Math.max(this.lastSequence, Math.abs(row.sequence))
  }

  /** A queue may have given out sequence numbers that no request has any more. */
  agreesWith(stated: StatedCounts): boolean {
    return (
      stated.total === this.total &&
      stated.handled === this.handled &&
      stated.bytes === this.bytes &&
      stated.lastSequence >= this.lastSequence
    )
  }

  /** What differs, for people: `total 10, there are 11`. */
  differenceTo(stated: StatedCounts): string {
    const parts: string[] = []
    for (const name of ['total', 'handled', 'bytes'] as const) {
      if (stated[name] !== this[name]) parts.push(`${name} ${stated[name]}, there are ${this[name]}`)
    }
    if (stated.lastSequence < this.lastSequence) {
      parts.push(`last sequence number ${stated.lastSequence}, a request has ${this.lastSequence}`)
    }
    return parts.join('; ')
  }
}

/** Everything that contradicts itself in one request. */
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
  if (liveUntil === null && from > latestPlace(time)) {
    findings.add('a request is scheduled for later than any call can ask', row.id)
  }
}

/**
 * The row as it has to be. What is certain stays: a request that was marked handled is handled, one that is locked
 * completely stays locked, a side and a rank stay where there is one.
 *
 * @param nextSequence of the queue, used where a request has lost its rank
 * @returns null when the row is right as it is
 */
export function repairedRow(row: StateRow, time: CheckTime, nextSequence: () => number): StateRow | null {
  const next = { ...row }
  // The place of a request that has lost its lock was that of the lock.
  const latest = isLockBroken(row) ? time.now : latestPlace(time)
  if (next.handled_at !== null || isLockBroken(next)) {
    // Who lost half of a lock has lost it: nobody can say how long it would have lasted, or whose it was.
    next.locked_by = null
    next.locked_run = null
    next.lock_expires_at = null
    next.available_before = null
  }
  if (next.handled_at !== null) {
    next.available_at = null
    next.sequence = null
  } else {
    next.available_at ??= time.now
    const sign = next.available_at < 0 ? -1 : 1
    next.sequence = sign * Math.abs(next.sequence ?? nextSequence())
    const liveUntil = liveLockEnd(next, time)
    if (liveUntil !== null) next.available_at = sign * liveUntil
    else if (Math.abs(next.available_at) > latest) next.available_at = sign * time.now
  }
  const columns = Object.keys(next) as (keyof StateRow)[]
  return columns.some((column) => next[column] !== row[column]) ? next : null
}

/** One of two requests with the same rank: behind the other one, where both became available together. */
export function withSequence(row: StateRow, sequence: number): StateRow {
  return { ...row, sequence: row.sequence! < 0 ? -sequence : sequence }
}

function isLockBroken(row: StateRow): boolean {
  const parts = [row.locked_by, row.lock_expires_at, row.available_before]
  const there = parts.filter((part) => part !== null).length
  return there === 0 ? row.locked_run !== null : there < parts.length
}

/** A request that nobody holds may be scheduled up to here. */
function latestPlace({ now }: CheckTime): Millis {
  return now + limits.lockSecsMax * 1000
}

/** When the lock ends that was alive at the latest time shown; null when there is none. */
function liveLockEnd(row: StateRow, { shownAt }: CheckTime): Millis | null {
  if (row.locked_by === null || row.lock_expires_at === null) return null
  return row.lock_expires_at > shownAt ? row.lock_expires_at : null
}
