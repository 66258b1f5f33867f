import type { PoolClient } from 'pg'
import { type GroupState, openingOf } from '../../../domain/policy/group.ts'
import { compareKeys, forefrontRank, keyOf, type OrderKey, ranksIn } from '../../../domain/policy/rank.ts'
import type { Millis } from '../../../domain/time.ts'
import { judgeOf } from '../../operations/hand-out/judge.ts'
import type { QueueState } from '../../queue-state.ts'
import { availableOf } from '../batching/prefetch.ts'
import { fly } from '../connection/flight.ts'
import { bind } from '../connection/statement.ts'
import { bigintArray, textArray } from '../encoding/arrays.ts'
import { toText } from '../encoding/text.ts'
import type { HeadRow } from '../rows.ts'
import type { FoundGroups } from './found-groups.ts'
import type { PostgresGroupRows } from './group-rows.ts'
import type { FoundOpen } from './open-rows.ts'
import type { Available } from './requests.ts'
import { selectAtPlaces, selectDueOf } from './statements.ts'

/** How many requests of a group are known when it is known to be open. Of most groups only one is taken. */
const dueAtFirst = 2

/** Reads the due requests of the open groups of a queue for a transaction. */
export class DueFetcher {
  readonly #found: FoundGroups
  readonly #queue: QueueState
  readonly #now: Millis
  /** How many requests the calls may take or show. */
  readonly #headMax: number
  readonly #ranks: Buffer
  readonly #lastRank: number | undefined

  constructor(found: FoundGroups, queue: QueueState, now: Millis, headMax: number) {
    this.#found = found
    this.#queue = queue
    this.#now = now
    this.#headMax = headMax
    const ranks = ranksIn(queue.ranks)
    this.#ranks = bigintArray(ranks)
    this.#lastRank = ranks.at(-1)
  }

  /** Notes the first requests of an open group. */
  noteFirst({ group, first: available, second }: FoundOpen): void {
    if (available !== null) this.#noteAvailable([available])
    const { name, first, lookAt, judgedBy } = group
    // `first` means nothing where the group is unknown.
    const isKnown = judgedBy === this.#queue.policyVersion && (lookAt === null || lookAt > this.#now)
    if (!isKnown) return
    const due = second == null ? [{ key: first! }] : [{ key: first! }, { key: second }]
    // The second one may be of a later rank.
    const isAll = second === null && first!.rank === this.#lastRank
    this.#found.firsts.set(name, { group, due, readMax: isAll ? 2 : due.length })
  }

  /** Reads more due requests of a group, and of the groups in line that are about to need more too. */
  async more(client: PoolClient, name: string, countMax: number, groups: PostgresGroupRows): Promise<void> {
    const inLine = this.#found.open === null ? [] : groups.firstInLine(this.#headMax)
    // How many of each group the calls take if they take as many of each, and as many again.
    const share = Math.max(dueAtFirst, Math.ceil((2 * this.#headMax) / Math.max(1, inLine.length)))
    const known = this.#found.due.get(name)
    // A group that needs more than the first ones gives all that the calls take, and so do others.
    const most = known === undefined ? share : this.#headMax
    const countOf = (room: number) => (room === 1 ? 1 : Math.min(room, most) + 1)
    const own = Math.max(countMax, countOf(this.#roomOf(groups.get(name))))
    const wanted = [{ name, countMax: own }]
    let left = 2 * this.#headMax - own
    for (const group of inLine) {
      if (left <= 0) break
      if (group.name === name) continue
      const count = countOf(this.#roomOf(group))
      const found = this.#found.dueOf(group.name)
      if (found !== undefined && (found.isAll || found.items.length >= count)) continue
      wanted.push({ name: group.name, countMax: count })
      left -= count
    }
    const firsts = wanted.map((each) => this.#firstOf(each.name))
    const [{ rows }] = await fly(client, [
      bind<HeadRow>(selectDueOf, [
        this.#queue.id,
        this.#now,
        this.#ranks,
        textArray(wanted.map((each) => toText(each.name))),
        bigintArray(wanted.map((each) => each.countMax)),
        bigintArray(firsts.map(({ rank }) => rank)),
        bigintArray(firsts.map(({ availableAt }) => availableAt)),
        bigintArray(firsts.map(({ sequence }) => sequence)),
      ]),
    ])
    const available = availableOf(rows)
    this.#noteAvailable(available)
    const byGroup = Map.groupBy(available, ({ state }) => state.group!)
    for (const each of wanted) {
      const items = (byGroup.get(each.name) ?? []).map(({ state }) => keyOf(state.place!, state.priority))
      this.#found.due.set(each.name, { items, isAll: items.length < each.countMax })
    }
  }

  /** Reads requests, and those that the calls are going to take after them, as far as their places are known. */
  async places(client: PoolClient, wanted: readonly OrderKey[], groups: PostgresGroupRows): Promise<void> {
    const inLine = this.#found.open === null ? [] : groups.firstInLine(this.#headMax)
    const next = inLine
      .flatMap((group) => {
        const due = groups.dueOfOpen(group).due.map(({ key }) => key)
        return due.slice(0, this.#roomOf(group))
      })
      .sort(compareKeys)
      .slice(0, this.#headMax)
      .filter(({ sequence }) => !this.#found.atPlaces.has(sequence))
    const places = [...new Map([...wanted, ...next].map((key) => [key.sequence, key])).values()]
    const [{ rows }] = await fly(client, [
      bind<HeadRow>(selectAtPlaces, [
        this.#queue.id,
        bigintArray(places.map(({ availableAt }) => availableAt)),
        bigintArray(places.map(({ sequence }) => sequence)),
      ]),
    ])
    this.#noteAvailable(availableOf(rows))
  }

  /** The groups in line of which the calls may take all due requests that are known. Then somebody has to look at them. */
  mayRunOut(groups: PostgresGroupRows): string[] {
    if (this.#found.open === null) return []
    return groups
      .firstInLine(this.#headMax)
      .filter((group) => {
        const due = this.#found.dueOf(group.name)
        return due?.isAll === true && due.items.length < this.#roomOf(group)
      })
      .map(({ name }) => name)
  }

  /** By the newest policy, as the calls do. */
  #roomOf(group: GroupState): number {
    return openingOf(group, judgeOf(this.#queue, group.name).limits, this.#now).room
  }

  /** Where a search for the first due request begins: none is before it. */
  #firstOf(name: string): OrderKey {
    const fromLook = this.#found.sights.get(name)?.due
    return (
      fromLook ??
      this.#found.byName.get(name)?.first ?? {
        rank: forefrontRank,
        availableAt: -this.#now,
        sequence: Number.MIN_SAFE_INTEGER,
      }
    )
  }

  #noteAvailable(available: readonly Available[]): void {
    for (const each of available) this.#found.atPlaces.set(each.state.place!.sequence, each)
  }
}
