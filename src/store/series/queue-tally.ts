import type { CountChange } from '../../domain/lifecycle.ts'
import { liveLock, type RequestState } from '../../domain/request.ts'
import type { Millis } from '../../domain/time.ts'
import { secondOf } from './figure-columns.ts'

/**
 * What the running transaction does in a queue (14.8). Each call only adds to these numbers. They count when the transaction
 * has committed (`UnsavedFigures.add`).
 */
export class QueueTally {
  added = 0
  handedOut = 0
  handled = 0
  givenBack = 0
  failed = 0
  pendingChange = 0
  lockedChange = 0
  /** How many more live locks end in a second, by that second. Null: no lock has changed. */
  lockEnds: Map<number, number> | null = null
  /** Whether any number may differ from 0. */
  hasSome = false

  /** Counts a change of a request. */
  changed({ total, handled }: CountChange): void {
    this.hasSome = true
    if (total > 0) this.added++
    if (handled > 0) this.handled++
    this.pendingChange += total - handled
  }

  /** Counts requests that a head/lock took. All locks end at that moment. */
  tookHead(count: number, lockEnd: Millis): void {
    this.hasSome = true
    this.handedOut += count
    this.lockedChange += count
    this.#moreLocksEnd(lockEnd, count)
  }

  /** Counts what a change of a request means for its lock. A null state: it is new, or it is deleted. */
  lockChanged(before: RequestState | null, after: RequestState | null, now: Millis): void {
    const endBefore = before === null ? null : (liveLock(before, now)?.expiresAt ?? null)
    const endAfter = after === null ? null : (liveLock(after, now)?.expiresAt ?? null)
    if (endBefore === endAfter) return
    this.hasSome = true
    if (endBefore !== null) {
      this.lockedChange--
      this.#moreLocksEnd(endBefore, -1)
      if (endAfter === null && after !== null && after.handledAt === null) this.givenBack++
    }
    if (endAfter !== null) {
      this.lockedChange++
      this.#moreLocksEnd(endAfter, 1)
    }
  }

  clear(): void {
    this.added = 0
    this.handedOut = 0
    this.handled = 0
    this.givenBack = 0
    this.failed = 0
    this.pendingChange = 0
    this.lockedChange = 0
    this.lockEnds = null
    this.hasSome = false
  }

  #moreLocksEnd(at: Millis, count: number): void {
    this.lockEnds ??= new Map()
    const second = secondOf(at)
    this.lockEnds.set(second, (this.lockEnds.get(second) ?? 0) + count)
  }
}
