import { isDue } from '../../../domain/availability.ts'
import type { Place } from '../../../domain/order.ts'
import { earlier, type GroupState, newGroup } from '../../../domain/policy/group.ts'
import type { Sight } from '../../../domain/policy/group-look.ts'
import {
  comesBeforeLater,
  compareKeys,
  isSameKey,
  keyOf,
  type OrderKey,
} from '../../../domain/policy/rank.ts'
import type { RequestContent, RequestState } from '../../../domain/request.ts'
import type { Millis } from '../../../domain/time.ts'
import type {
  Due,
  DueRequest,
  GroupRows,
  OpenGroup,
  WalkedKind,
} from '../../operations/hand-out/group-rows.ts'
import type { LockToTake } from '../../operations/hand-out/lock-to-take.ts'
import { clearGroups, groupsAfter, requestsAfter, unhandledAfter } from './building-rows.ts'
import { type FoundGroups, NotFetched } from './found-groups.ts'
import { GroupLine } from './group-line.ts'
import { Moves } from './moves.ts'
import type { Available, Found, RequestsOfTransaction } from './requests.ts'

/**
 * The groups of the queue of a transaction, including its changes. What the tables say is read beforehand. If
 * something is needed that was not read, a method throws `NotFetched`.
 */
export class PostgresGroupRows implements GroupRows {
  readonly #requests: RequestsOfTransaction
  readonly #found: FoundGroups
  readonly #changed = new Map<string, GroupState>()
  /** What this transaction changed in the order of requests. */
  readonly #moves = new Moves()
  /** Groups that this transaction has deleted. They may be there again since. */
  readonly #removed = new Set<string>()
  #line: GroupLine | null = null

  constructor(requests: RequestsOfTransaction, found: FoundGroups) {
    this.#requests = requests
    this.#found = found
  }

  get(name: string): GroupState {
    const changed = this.#changed.get(name)
    if (changed !== undefined) return changed
    if (this.#removed.has(name)) return newGroup(name, this.#requests.queue.policyVersion)
    const found = this.#found.byName.get(name)
    if (found === undefined) throw new NotFetched({ kind: 'group', name })
    return found ?? newGroup(name, this.#requests.queue.policyVersion)
  }

  put(group: GroupState): void {
    this.#line?.replace(this.#changed.get(group.name) ?? this.#found.byName.get(group.name) ?? null, group)
    this.#changed.set(group.name, group)
  }

  remove(name: string): void {
    const before = this.#changed.get(name) ?? this.#found.byName.get(name) ?? null
    this.#line?.replace(before, newGroup(name, this.#requests.queue.policyVersion))
    this.#changed.delete(name)
    this.#removed.add(name)
  }

  /** Whether there are groups to be written. */
  get hasChanges(): boolean {
    for (const group of this.#changed.values()) {
      if (group !== this.#found.byName.get(group.name)) return true
    }
    return false
  }

  /** The groups to be written: those that have no row, and those that have one. */
  changesByKind(): { readonly added: readonly GroupState[]; readonly changed: readonly GroupState[] } {
    const added: GroupState[] = []
    const changed: GroupState[] = []
    for (const group of this.#changed.values()) {
      const stored = this.#found.byName.get(group.name) ?? null
      if (stored === null || this.#removed.has(group.name)) added.push(group)
      else if (stored !== group) changed.push(group)
    }
    return { added, changed }
  }

  /** The names of the groups to be deleted, before the changed ones are written. */
  removed(): string[] {
    return [...this.#removed]
  }

  /** The moment before which no group has to be looked at, if `before` is the one that was known. */
  lookedUntil(before: Millis): Millis {
    if (this.#found.toLookAt?.isAll !== true) return before
    const moments = [...this.#found.toLookAt.items, ...this.#changed.keys()].map(
      (name) => this.get(name).lookAt,
    )
    return moments.reduce<Millis>(
      (first, lookAt) => Math.min(first, lookAt ?? Number.POSITIVE_INFINITY),
      this.#requests.now,
    )
  }

  toLookAt(countMax: number): readonly GroupState[] {
    const groups = this.#lineNow(countMax).toLookAt(countMax)
    if (this.#found.toLookAt!.isAll || groups.length === countMax) return groups
    // There are more that were not read. The caller goes on in the next transaction.
    const some = this.#found.toLookAt!.items.map((name) => this.get(name))
    return Array.from({ length: countMax }, (_, index) => groups[index] ?? some[0]!)
  }

  sightOf(name: string): Sight {
    const found = this.#found.sights.get(name)
    if (found === undefined) throw new NotFetched({ kind: 'sight', name })
    const isLeft = found.due === null || !this.#moves.isGone(found.due)
    const came = this.#moves.cameTo(name)
    const due = isLeft
      ? firstOf([...(found.due === null ? [] : [found.due]), ...came.filter(this.#isDueKey)])
      : (this.dueOf(name, 1)[0]?.key ?? null)
    let next: Millis | null = null
    const consider = (rank: number, at: Millis) => {
      if (due === null || comesBeforeLater(rank, due)) next = earlier(next, at)
    }
    // One that has changed since is considered too. Then the group is looked at too early, and again.
    for (const { rank, at } of found.next) consider(rank, at)
    for (const key of came) if (!this.#isDueKey(key)) consider(key.rank, Math.abs(key.availableAt))
    return { due, next }
  }

  open(countMax: number): OpenGroup[] {
    const groups = this.firstInLine(countMax)
    if (groups.length < countMax && !this.#found.open!.isAll) {
      throw new NotFetched({ kind: 'open', countMax })
    }
    return groups.map((group) => this.dueOfOpen(group))
  }

  /** An open group with its first due requests, as far as they were read. */
  dueOfOpen(group: GroupState): OpenGroup {
    const found = this.#found.firsts.get(group.name)
    // Nothing has happened to it.
    if (found?.group === group && !this.#found.due.has(group.name)) return found
    const list = this.#found.dueOf(group.name)
    const first = { key: group.first! }
    if (list === undefined) return { group, due: [first], readMax: 1 }
    const due = this.#leftOf(group.name, list)
    // One that came before all that were read.
    if (due.length === 0 || !isSameKey(due[0]!, first.key)) return { group, due: [first], readMax: 1 }
    const readMax = list.isAll ? due.length + 1 : due.length
    return { group, due: due.map((key) => ({ key })), readMax }
  }

  /** The groups that somebody has to look at, as far as they were read. */
  unknown(): readonly GroupState[] {
    return this.#line?.toLookAt(Number.POSITIVE_INFINITY) ?? []
  }

  /** The open groups that come first, as far as they were read. */
  firstInLine(countMax: number): readonly GroupState[] {
    const line = this.#lineNow()
    const { items, isAll } = this.#found.open!
    // Groups that were not read may come before those that opened behind the last one that was.
    const last = isAll ? null : this.#found.byName.get(items.at(-1)!)!.first
    return line.open(countMax, last)
  }

  dueOf(name: string, countMax: number): Due[] {
    const list = this.#found.dueOf(name)
    if (list === undefined) throw new NotFetched({ kind: 'due', name, countMax })
    const left = this.#leftOf(name, list)
    if (left.length < countMax && !list.isAll) {
      const { length } = list.items.filter((key) => this.#moves.isGone(key))
      throw new NotFetched({ kind: 'due', name, countMax: countMax + length })
    }
    return left.slice(0, countMax).map((key) => ({ key }))
  }

  read(due: readonly Due[]): DueRequest[] {
    const places = due.map(({ key }) => key).filter(({ sequence }) => !this.#found.atPlaces.has(sequence))
    if (places.length > 0) throw new NotFetched({ kind: 'places', places })
    return due.map(({ key }) => {
      const { item } = this.#found.atPlaces.get(key.sequence)!
      return dueRequest(item, this.#requests.state(item.id)!)
    })
  }

  dueByPlace(countMax: number): (DueRequest & { readonly group: string | null })[] {
    const { items, isAll } = this.#requests.foundByPlace
    const due: (DueRequest & { readonly group: string | null })[] = []
    for (const { item } of items) {
      const state = this.#dueState(item.id)
      if (state === null) continue
      due.push({ ...dueRequest(item, state), group: state.group })
      if (due.length === countMax) return due
    }
    if (!isAll) {
      throw new NotFetched({ kind: 'byPlace', countMax: countMax + items.length - due.length })
    }
    return due
  }

  lockAll(requests: readonly DueRequest[], lock: LockToTake): void {
    for (const { item } of requests) this.#requests.handOut(item.id, lock)
  }

  requestsAfter(id: string, count: number, kind: WalkedKind): ReturnType<GroupRows['requestsAfter']> {
    return requestsAfter(this.#requests, this.#found, id, count, kind)
  }

  unhandledAfter(place: Place | null, countMax: number): ReturnType<GroupRows['unhandledAfter']> {
    return unhandledAfter(this.#requests, this.#found, place, countMax)
  }

  after(name: string, countMax: number): readonly GroupState[] {
    return groupsAfter(this.#found, this.#changed.keys(), (other) => this.get(other), name, countMax)
  }

  clear(countMax: number): number {
    const remove = (name: string) => {
      this.#changed.delete(name)
      this.#removed.add(name)
    }
    const isGone = (name: string) => this.#removed.has(name) && !this.#changed.has(name)
    return clearGroups(this.#requests, this.#found, countMax, isGone, this.#changed.keys(), remove)
  }

  contentOf(requestId: string): RequestContent {
    const content = this.#requests.newContent(requestId) ?? this.#found.contents.get(requestId)
    if (content === undefined) throw new NotFetched({ kind: 'content', requestId })
    return content
  }

  /** Has to be called for every change of a request. */
  note(before: RequestState | null, after: RequestState | null): void {
    this.#moves.note(before, after)
  }

  /** The keys of a list of due requests of a group that still are due, and those that have come to it, in order. */
  #leftOf(name: string, { items, isAll }: Found<OrderKey>): OrderKey[] {
    const left = items.filter((key) => !this.#moves.isGone(key))
    // Requests that were not read come before those that came behind the last one that was.
    const last = isAll ? null : items.at(-1)!
    const came = this.#moves
      .cameTo(name)
      .filter((key) => this.#isDueKey(key) && (last === null || compareKeys(key, last) <= 0))
    return came.length === 0 ? left : [...left, ...came].sort(compareKeys)
  }

  readonly #isDueKey = (key: OrderKey) => isDue(key, this.#requests.now)

  /** The state of the request, if it still is due. Null if it is not. */
  #dueState(requestId: string): RequestState | null {
    const state = this.#requests.state(requestId)
    return state !== null && state.place !== null && isDue(state.place, this.#requests.now) ? state : null
  }

  /** @param lookedAtMax how many groups to look at are read, if none are yet */
  #lineNow(lookedAtMax = 0): GroupLine {
    if (this.#line === null) {
      if (this.#found.toLookAt === null || this.#found.open === null) {
        throw new NotFetched({ kind: 'toLookAt', countMax: lookedAtMax })
      }
      this.#line = new GroupLine(this.#requests.now)
      const names = new Set([
        ...this.#found.toLookAt.items,
        ...this.#found.open.items,
        ...this.#changed.keys(),
      ])
      for (const name of names) this.#line.replace(null, this.get(name))
    }
    return this.#line
  }
}

function firstOf(keys: readonly OrderKey[]): OrderKey | null {
  return keys.reduce<OrderKey | null>(
    (first, key) => (first === null || compareKeys(key, first) < 0 ? key : first),
    null,
  )
}

function dueRequest(item: Available['item'], state: RequestState): DueRequest {
  return {
    item,
    key: keyOf(state.place!, state.priority),
    bytes: state.bytes,
    lockExpiries: state.lockExpiries + (state.lock === null ? 0 : 1),
  }
}
