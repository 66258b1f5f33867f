import type { Client, CountChange } from '../../domain/lifecycle.ts'
import { liveLock, type RequestState } from '../../domain/request.ts'
import type { Millis } from '../../domain/time.ts'
import { ClientTally } from './client-tally.ts'
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
  /** How many more live locks end in a second, by that second. Most locks of a transaction end in the same one, which is apart. */
  #lockEnds: Map<number, number> | null = null
  #lastEnd = 0
  #lastEndCount = 0
  readonly clients = new ClientTally()
  /** Whether any number may differ from 0. */
  hasSome = false

  /** Counts a change of a request. */
  changed({ total, handled }: CountChange): void {
    this.hasSome = true
    if (total > 0) this.added++
    if (handled > 0) this.handled++
    this.pendingChange += total - handled
  }

  /** Counts requests that a head/lock took, maybe none. All locks end at that moment. */
  tookHead(client: Client, count: number, lockEnd: Millis, now: Millis): void {
    this.hasSome = true
    this.clients.tookHead(client, count, now)
    if (count === 0) return
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
      if (endAfter === null) this.clients.ended(before!.lock!)
      if (endAfter === null && after !== null && after.handledAt === null) this.givenBack++
    }
    if (endAfter !== null) {
      this.lockedChange++
      this.#moreLocksEnd(endAfter, 1)
      if (endBefore === null) this.clients.tookBack(after!.lock!)
    }
  }

  /** Counts that the queue is deleted, with so many unhandled requests. Its locks end when its rows are deleted. */
  queueDeleted(pendingCount: number): void {
    this.hasSome = true
    this.pendingChange -= pendingCount
  }

  /** A client works with a request that it holds, or held last. */
  seen(client: Client, now: Millis): void {
    this.hasSome = true
    this.clients.seen(client, now)
  }

  clear(): void {
    this.added = 0
    this.handedOut = 0
    this.handled = 0
    this.givenBack = 0
    this.failed = 0
    this.pendingChange = 0
    this.lockedChange = 0
    this.#lockEnds = null
    this.#lastEndCount = 0
    this.clients.clear()
    this.hasSome = false
  }

  /** Calls `add` with how many more live locks end in a second. A second may come twice. */
  eachLockEnd(add: (second: number, count: number) => void): void {
    if (this.#lastEndCount !== 0) add(this.#lastEnd, this.#lastEndCount)
    for (const [second, count] of this.#lockEnds ?? []) add(second, count)
  }

  #moreLocksEnd(at: Millis, count: number): void {
    const second = secondOf(at)
    if (second === this.#lastEnd) {
      this.#lastEndCount += count
      return
    }
    if (this.#lastEndCount !== 0) {
      this.#lockEnds ??= new Map()
      this.#lockEnds.set(this.#lastEnd, (this.#lockEnds.get(this.#lastEnd) ?? 0) + this.#lastEndCount)
    }
    this.#lastEnd = second
    this.#lastEndCount = count
  }
}
