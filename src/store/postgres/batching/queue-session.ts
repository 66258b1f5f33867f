import { isDue } from '../../../domain/availability.ts'
import { isHeldBy, lock as lockOf } from '../../../domain/lifecycle.ts'
import { sideOf } from '../../../domain/order.ts'
import { type HeadItem, liveLock, type RequestContent, type RequestState } from '../../../domain/request.ts'
import type { Millis } from '../../../domain/time.ts'
import { countToTake, headThatFits } from '../../head-size.ts'
import type { KnownRequest, LockToTake, QueueSession } from '../../operations/queue-session.ts'
import type { QueueState } from '../../queue-state.ts'
import type { LowWaterMark } from './low-water-mark.ts'

/** A request that nobody holds, in a transaction that may give it out. */
export interface Available {
  readonly item: HeadItem
  readonly state: RequestState
}

/** What a transaction found of the things that its calls need. */
export interface Prefetched {
  /** The requests whose IDs calls name, the held ones of clients that unlock, and the head. */
  readonly states: Iterable<readonly [id: string, state: RequestState]>
  /** Whether the held ones are more than the calls want to know. */
  readonly knowsHeldInPart: boolean
  /** In order. */
  readonly head: readonly Available[]
  /** Whether a request is unavailable, where a call asks for it. */
  readonly hasUnavailable: boolean
  /** Requests with a lock, alive or run out. */
  readonly heldCount: number
  /** No request without a lock has a place after this moment. */
  readonly scheduledUntil: Millis
  /** Which queue of the owner has a name, of the names that calls want, folded. */
  readonly holders: ReadonlyMap<string, string>
}

/** What has become of a request in the transaction. */
export type ChangeKind = 'same' | 'added' | 'moved' | 'replaced' | 'deleted'

interface Working {
  /** Null: it is not there. */
  state: RequestState | null
  content: RequestContent | null
  kind: ChangeKind
}

/**
 * What operations work with: the queue, which this transaction has for itself, and its requests as the calls before have
 * left them. Nothing is written until all calls are through; then each request is written once.
 */
export class PostgresQueueSession implements QueueSession {
  readonly queue: QueueState
  /** The time of the transaction, the same for every call in it. */
  readonly now: Millis
  readonly #lowWaterMark: LowWaterMark
  readonly #requests = new Map<string, Working>()
  readonly #head: readonly Available[]
  #headTaken = 0
  #hasUnavailable: boolean
  #heldCount: number
  #scheduledUntil: Millis
  readonly #holders: ReadonlyMap<string, string>
  readonly #knowsHeldInPart: boolean
  #newName: { readonly name: string | null } | null = null

  constructor(queue: QueueState, now: Millis, lowWaterMark: LowWaterMark, found: Prefetched) {
    this.queue = queue
    this.now = now
    this.#lowWaterMark = lowWaterMark
    this.#head = found.head
    this.#hasUnavailable = found.hasUnavailable
    this.#heldCount = found.heldCount
    this.#scheduledUntil = found.scheduledUntil
    this.#holders = found.holders
    this.#knowsHeldInPart = found.knowsHeldInPart
    const firstOfNormalSide = found.head.find(isAtEnd)
    if (firstOfNormalSide !== undefined) lowWaterMark.raise(firstOfNormalSide.state.place!)
    for (const [id, state] of found.states) this.#requests.set(id, { state, content: null, kind: 'same' })
  }

  /** Null when the request is not there. Of requests that `Prefetched` has nothing of, nothing is known. */
  state(requestId: string): RequestState | null {
    return this.#requests.get(requestId)?.state ?? null
  }

  addIfAbsent(content: RequestContent, state: RequestState): RequestState | null {
    const before = this.#requests.get(content.id)
    if (before !== undefined && before.state !== null) return before.state
    // One that was deleted by a call before has a row still.
    const kind = before?.kind === 'deleted' ? 'replaced' : 'added'
    this.#put(content.id, { state, content, kind })
    return null
  }

  move(requestId: string, state: RequestState): void {
    const before = this.#requests.get(requestId)!
    this.#put(requestId, { ...before, state, kind: before.kind === 'same' ? 'moved' : before.kind })
  }

  replace(content: RequestContent, state: RequestState): void {
    const before = this.#requests.get(content.id)!
    this.#put(content.id, { state, content, kind: before.kind === 'added' ? 'added' : 'replaced' })
  }

  remove(requestId: string): void {
    const before = this.#requests.get(requestId)!
    const kind = before.kind === 'added' ? 'same' : 'deleted'
    this.#put(requestId, { state: null, content: null, kind })
  }

  /** Calls that look at the head come before all others of a transaction. */
  head(limit: number): HeadItem[] {
    return [...headThatFits(this.#atHead(limit).map(({ item }) => item))]
  }

  takeHead(limit: number, { client, expiresAt }: LockToTake): HeadItem[] {
    const found = this.#atHead(limit)
    const taken = found.slice(0, countToTake(found.map(({ state }) => state)))
    this.#headTaken += taken.length
    // Nothing is before the first one that is left, and where none is left, before the last one taken.
    const first = this.#head.slice(this.#headTaken).find(isAtEnd) ?? taken.findLast(isAtEnd)
    if (first !== undefined) this.#lowWaterMark.raise(first.state.place!)
    if (taken.length > 0) this.#hasUnavailable = true
    for (const { item, state } of taken) this.move(item.id, lockOf(state, client, expiresAt))
    return taken.map(({ item }) => item)
  }

  hasUnavailable(): boolean {
    return this.#hasUnavailable
  }

  /** The transaction knows all of them: those that were there when it began, and those that it locked itself. */
  heldBy(clientKey: string | null, runId: string | null, countMax: number): KnownRequest[] | null {
    if (this.#knowsHeldInPart) return null
    const held: KnownRequest[] = []
    for (const [id, { state }] of this.#requests) {
      const alive = state === null ? null : liveLock(state, this.now)
      if (alive !== null && isHeldBy(alive, clientKey, runId)) held.push({ id, state: state! })
    }
    return held.length > countMax ? null : held
  }

  get scheduledUntil(): Millis {
    return this.#scheduledUntil
  }

  get heldCount(): number {
    return this.#heldCount
  }

  queueWithName(foldedName: string): string | null {
    return this.#holders.get(foldedName) ?? null
  }

  rename(name: string | null): void {
    this.queue.name = name
    this.#newName = { name }
  }

  /** Null: the queue keeps the name it has. */
  get newName(): { readonly name: string | null } | null {
    return this.#newName
  }

  /** What has to be written. */
  *changes(): Iterable<readonly [id: string, change: Change]> {
    for (const [id, { state, content, kind }] of this.#requests) {
      if (kind !== 'same') yield [id, { state, content, kind } as Change]
    }
  }

  #atHead(limit: number): readonly Available[] {
    return this.#head.slice(this.#headTaken, this.#headTaken + limit)
  }

  #put(requestId: string, next: Working): void {
    const before = this.#requests.get(requestId)?.state ?? null
    this.#heldCount += heldBy(next.state) - heldBy(before)
    const { place = null, lock = null } = next.state ?? {}
    if (place !== null) this.#lowWaterMark.lower(place)
    if (place !== null && lock === null && !isDue(place, this.now)) {
      this.#scheduledUntil = Math.max(this.#scheduledUntil, Math.abs(place.availableAt))
    }
    this.#requests.set(requestId, next)
  }
}

export type Change =
  | { readonly kind: 'added' | 'replaced'; readonly state: RequestState; readonly content: RequestContent }
  | { readonly kind: 'moved'; readonly state: RequestState; readonly content: null }
  | { readonly kind: 'deleted'; readonly state: null; readonly content: null }

function isAtEnd({ state }: Available): boolean {
  return sideOf(state.place!) === 'end'
}

function heldBy(state: RequestState | null): number {
  return state?.lock ? 1 : 0
}
