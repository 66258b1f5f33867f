import { isDue } from '../../../domain/availability.ts'
import { isHeldBy, lock as lockOf } from '../../../domain/lifecycle.ts'
import { sideOf } from '../../../domain/order.ts'
import { type HeadItem, liveLock, type RequestContent, type RequestState } from '../../../domain/request.ts'
import type { Millis } from '../../../domain/time.ts'
import { countToTake, headThatFits } from '../../head-size.ts'
import type { Job } from '../../jobs/job.ts'
import type { LockToTake } from '../../operations/hand-out/lock-to-take.ts'
import type { KnownRequest, QueueSession } from '../../operations/queue-session.ts'
import type { QueueState } from '../../queue-state.ts'
import { type FoundGroups, NotFetched } from '../groups/found-groups.ts'
import { PostgresGroupRows } from '../groups/group-rows.ts'
import type { Available, Found } from '../groups/requests.ts'
import { type KeptHistory, noHistory } from './kept-history.ts'
import type { LowWaterMark } from './low-water-mark.ts'

/** What a transaction prefetched for its calls. */
export interface Prefetched {
  /** The requests that calls name by ID, and those held by clients that unlock. */
  readonly states: Iterable<readonly [id: string, state: RequestState]>
  /** Whether more requests are held than the calls want to read. */
  readonly knowsHeldInPart: boolean
  /** The first due requests by their places. */
  readonly head: Found<Available>
  /** By their moment. Only read if a call lists the head. */
  readonly scheduled: readonly HeadItem[]
  /** The IDs of the owner's queues, by the folded names that calls want to take. */
  readonly holders: ReadonlyMap<string, string>
  readonly groups: FoundGroups
  /** The contents that calls asked for, as far as they fit. */
  readonly contents: ReadonlyMap<string, RequestContent>
  readonly jobs: ReadonlyMap<string, Job>
}

/** How the transaction has changed a request. */
export type ChangeKind = 'same' | 'added' | 'regrouped' | 'moved' | 'replaced' | 'deleted'

interface WorkingRequest {
  /** Null if the request does not exist. */
  state: RequestState | null
  content: RequestContent | null
  kind: ChangeKind
}

/**
 * The queue and its requests as operations see them, including the changes of earlier calls in this
 * transaction. Nothing is written until all calls are performed. Then each changed request is written once.
 */
export class PostgresQueueSession implements QueueSession {
  readonly queue: QueueState
  /** The time of the transaction. It is the same for every call. */
  readonly now: Millis
  readonly groups: PostgresGroupRows
  readonly foundByPlace: Found<Available>
  readonly #lowWaterMark: LowWaterMark
  readonly #requests = new Map<string, WorkingRequest>()
  /** Only of queues that keep histories. */
  readonly #histories = new Map<string, KeptHistory>()
  /** What is left of the prefetched head. */
  #head: readonly Available[]
  readonly #scheduled: readonly HeadItem[]
  readonly #found: FoundGroups
  readonly #holders: ReadonlyMap<string, string>
  readonly #knowsHeldInPart: boolean
  readonly #contents: ReadonlyMap<string, RequestContent>
  readonly #jobs: ReadonlyMap<string, Job>
  readonly #changedJobs = new Map<string, Job>()
  #newName: { readonly name: string | null } | null = null
  #hasNewPolicy = false
  #hasNewGrouping = false

  constructor(queue: QueueState, now: Millis, lowWaterMark: LowWaterMark, found: Prefetched) {
    this.queue = queue
    this.now = now
    this.#lowWaterMark = lowWaterMark
    this.#head = found.head.items
    this.foundByPlace = found.head
    this.#scheduled = found.scheduled
    this.#holders = found.holders
    this.#found = found.groups
    this.#knowsHeldInPart = found.knowsHeldInPart
    this.#contents = found.contents
    this.#jobs = found.jobs
    const firstOfNormalSide = found.head.items.find(isAtEnd)
    if (firstOfNormalSide !== undefined) lowWaterMark.raise(firstOfNormalSide.state.place!)
    for (const { item, state } of found.head.items) {
      this.#requests.set(item.id, { state, content: null, kind: 'same' })
    }
    for (const [id, state] of found.states) this.#requests.set(id, { state, content: null, kind: 'same' })
    for (const [id, state] of found.groups.states()) {
      this.#requests.set(id, { state, content: null, kind: 'same' })
    }
    this.groups = new PostgresGroupRows(this, found.groups)
  }

  /** Null if the request does not exist. Only works for requests that were prefetched. */
  state(requestId: string): RequestState | null {
    return this.#requests.get(requestId)?.state ?? null
  }

  addIfAbsent(content: RequestContent, state: RequestState, history?: string): RequestState | null {
    const before = this.#requests.get(content.id)
    if (before !== undefined && before.state !== null) return before.state
    // If an earlier call deleted the request, its row still exists.
    const kind = before?.kind === 'deleted' ? 'replaced' : 'added'
    this.#put(content.id, { state, content, kind })
    this.#keep(content.id, history)
    return null
  }

  move(requestId: string, state: RequestState, history?: string): void {
    this.#change(requestId, state, 'moved')
    this.#keep(requestId, history)
  }

  replace(content: RequestContent, state: RequestState, history?: string): void {
    const before = this.#requests.get(content.id)!
    this.#put(content.id, { state, content, kind: before.kind === 'added' ? 'added' : 'replaced' })
    this.#keep(content.id, history)
  }

  regroup(requestId: string, state: RequestState): void {
    this.#change(requestId, state, 'regrouped')
  }

  remove(requestId: string): void {
    const before = this.#requests.get(requestId)!
    const kind = before.kind === 'added' ? 'same' : 'deleted'
    this.#put(requestId, { state: null, content: null, kind })
    if (this.queue.historySince !== null) this.#histories.set(requestId, { ...noHistory, isNew: true })
  }

  /** Locks a request that is handed out. */
  handOut(requestId: string, { client, expiresAt, history }: LockToTake): void {
    this.move(requestId, lockOf(this.state(requestId)!, client, expiresAt).state, history)
    if (history === undefined) return
    const kept = this.historyOf(requestId)
    this.#histories.set(requestId, { ...kept, handOuts: kept.handOuts + 1 })
  }

  /** What is to be appended to the history of a request. */
  historyOf(requestId: string): KeptHistory {
    return this.#histories.get(requestId) ?? noHistory
  }

  /** Has to be called before any call that changes requests without reading the head. */
  head(limit: number): HeadItem[] {
    const left =
      this.queue.grouping === null ? this.#head : this.#head.filter(({ item }) => this.#isDue(item.id))
    const items = left.slice(0, limit).map(({ item }) => item)
    return [...headThatFits([...items, ...this.#scheduled.slice(0, limit - items.length)])]
  }

  takeHead(limit: number, lock: LockToTake): HeadItem[] {
    const found = this.#head.slice(0, limit)
    const taken = found.slice(0, countToTake(found.map(({ state }) => state)))
    this.#head = this.#head.slice(taken.length)
    // No request is before the first one that is left. If none is left, none is before the last one taken.
    const first = this.#head.find(isAtEnd) ?? taken.findLast(isAtEnd)
    if (first !== undefined) this.#lowWaterMark.raise(first.state.place!)
    for (const { item } of taken) this.handOut(item.id, lock)
    return taken.map(({ item }) => item)
  }

  /** All held requests are known: those prefetched, and those that this transaction locked. */
  heldBy(clientKey: string | null, runId: string | null, countMax: number): KnownRequest[] | null {
    if (this.#knowsHeldInPart) return null
    const held: KnownRequest[] = []
    for (const [id, { state }] of this.#requests) {
      const alive = state === null ? null : liveLock(state, this.now)
      if (alive !== null && isHeldBy(alive, clientKey, runId)) held.push({ id, state: state! })
    }
    return held.length > countMax ? null : held
  }

  /** Only right if no call of this transaction has changed a request. Servers do this in transactions of its own. */
  toRevisit(countMax: number): ReturnType<QueueSession['toRevisit']> {
    const { toRevisit } = this.#found
    if (toRevisit === null) throw new NotFetched({ kind: 'toRevisit', countMax })
    const requests = toRevisit.contents.map((content) => ({ content, state: this.state(content.id)! }))
    return { requests, nextAt: toRevisit.nextAt }
  }

  contentOf(requestId: string): RequestContent | null {
    return this.newContent(requestId) ?? this.#contents.get(requestId) ?? null
  }

  job(jobId: string): Job | null {
    return this.#changedJobs.get(jobId) ?? this.#jobs.get(jobId) ?? null
  }

  putJob(job: Job): void {
    this.#changedJobs.set(job.id, job)
  }

  get hasChangedJobs(): boolean {
    return this.#changedJobs.size > 0
  }

  /** The jobs to write. */
  changedJobs(): Iterable<Job> {
    return this.#changedJobs.values()
  }

  queueWithName(foldedName: string): string | null {
    return this.#holders.get(foldedName) ?? null
  }

  rename(name: string | null): void {
    this.queue.name = name
    this.#newName = { name }
  }

  setPolicy(text: string | null, version: number): void {
    this.queue.setPolicy(text, version)
    this.#hasNewPolicy = true
  }

  saveGroups(): void {
    this.#hasNewGrouping = true
  }

  /** The content that this transaction gave the request. Null if it gave none. */
  newContent(requestId: string): RequestContent | null {
    return this.#requests.get(requestId)?.content ?? null
  }

  *changedIds(): Iterable<string> {
    for (const [id] of this.changes()) yield id
  }

  /** The groups of all requests that were read. */
  groupNames(): string[] {
    const names = new Set<string>()
    for (const { state } of this.#requests.values()) {
      if (state !== null && state.group !== null) names.add(state.group)
      if (state !== null && state.lockGroup !== null) names.add(state.lockGroup)
    }
    return [...names]
  }

  /** Whether what `QueueState.setGroups` changed has to be written. */
  get hasNewGrouping(): boolean {
    return this.#hasNewGrouping
  }

  /** Whether the policy has to be written. */
  get hasNewPolicy(): boolean {
    return this.#hasNewPolicy
  }

  /** Null if the queue keeps its name. */
  get newName(): { readonly name: string | null } | null {
    return this.#newName
  }

  /** The changes to write. */
  *changes(): Iterable<readonly [id: string, change: Change]> {
    for (const [id, { state, content, kind }] of this.#requests) {
      if (kind !== 'same') yield [id, { state, content, kind } as Change]
    }
  }

  #change(requestId: string, state: RequestState, kind: 'moved' | 'regrouped'): void {
    const before = this.#requests.get(requestId)!
    const isSmaller = before.kind === 'same' || before.kind === 'regrouped'
    this.#put(requestId, { ...before, state, kind: isSmaller ? kind : before.kind })
  }

  #put(requestId: string, next: WorkingRequest): void {
    const place = next.state?.place ?? null
    if (place !== null) this.#lowWaterMark.lower(place)
    if (this.queue.grouping !== null) this.groups.note(this.state(requestId), next.state)
    this.#requests.set(requestId, next)
  }

  #keep(requestId: string, entries: string | undefined): void {
    if (entries === undefined) return
    const kept = this.historyOf(requestId)
    this.#histories.set(requestId, { ...kept, entries: kept.entries + entries })
  }

  #isDue(requestId: string): boolean {
    const place = this.state(requestId)?.place ?? null
    return place !== null && isDue(place, this.now)
  }
}

export type Change =
  | { readonly kind: 'added' | 'replaced'; readonly state: RequestState; readonly content: RequestContent }
  | { readonly kind: 'moved' | 'regrouped'; readonly state: RequestState; readonly content: null }
  | { readonly kind: 'deleted'; readonly state: null; readonly content: null }

function isAtEnd({ state }: Available): boolean {
  return sideOf(state.place!) === 'end'
}
