import type { PoolClient } from 'pg'
import { openingOf } from '../../../domain/policy/group.ts'
import { groupOf } from '../../../domain/policy/group-of.ts'
import { forefrontRank, keyOf, ranksIn } from '../../../domain/policy/rank.ts'
import type { Millis } from '../../../domain/time.ts'
import { type GroupRow, groupColumns, groupOfRow } from '../../columns/groups.ts'
import { judgeOf } from '../../operations/hand-out/judge.ts'
import { lookedAtMax } from '../../operations/hand-out/look-at-groups.ts'
import type { QueueState } from '../../queue-state.ts'
import { availableOf } from '../batching/prefetch.ts'
import type { PostgresQueueSession } from '../batching/queue-session.ts'
import { rowReader } from '../columns.ts'
import { fly } from '../connection/flight.ts'
import { type Bound, bind } from '../connection/statement.ts'
import { bigintArray, textArray } from '../encoding/arrays.ts'
import { toText } from '../encoding/text.ts'
import type { HeadRow } from '../rows.ts'
import { RequestFetcher } from './fetch-requests.ts'
import type { FoundGroups, Wanted } from './found-groups.ts'
import type { Available } from './requests.ts'
import {
  selectAtPlaces,
  selectDueOf,
  selectGroups,
  selectGroupsAfter,
  selectOpen,
  selectSights,
  selectToLookAt,
} from './statements.ts'

/** How many requests of an open group are read at first, and the next one. Of most groups only one is taken. */
const dueAtFirst = 2

/** A row for a rank of a group. */
interface SightRow {
  readonly name: string
  /** Null if the queue never had a request in a group. */
  readonly rank: number | null
  readonly due_at: number | null
  readonly due_sequence: number | null
  readonly next_at: number | null
}

const readGroupRow = rowReader(groupColumns)

/** Reads the groups of one queue for a transaction. */
export class GroupFetcher {
  readonly found: FoundGroups
  readonly #queueId: string
  readonly #now: Millis
  readonly #ranks: Buffer
  readonly #lookedUntil: Millis
  /** How many requests the calls may take or show. */
  readonly #headMax: number
  readonly #requests: RequestFetcher

  constructor(found: FoundGroups, queue: QueueState, now: Millis, lookedUntil: Millis, headMax: number) {
    this.found = found
    this.#queueId = queue.id
    this.#now = now
    this.#ranks = bigintArray(ranksIn(queue.ranks))
    this.#lookedUntil = lookedUntil
    this.#headMax = headMax
    this.#requests = new RequestFetcher(found, queue.id, now)
  }

  groups(names: Iterable<string>): Bound<GroupRow> | null {
    const wanted = [...new Set(names)].filter((name) => !this.found.byName.has(name))
    for (const name of wanted) this.found.byName.set(name, null)
    return wanted.length === 0 ? null : bind(selectGroups, [this.#queueId, textArray(wanted.map(toText))])
  }

  toLookAt(): Bound<GroupRow & SightRow> {
    return bind(selectToLookAt, [
      this.#queueId,
      this.#now,
      this.#ranks,
      this.#lookedUntil,
      // One more than a step looks at, so that it knows whether there are more.
      lookedAtMax + 1,
    ])
  }

  open(countMax: number): Bound<GroupRow> {
    return bind(selectOpen, [this.#queueId, countMax])
  }

  noteGroups(rows: readonly GroupRow[]): void {
    for (const row of rows.map(readGroupRow)) this.found.byName.set(row.name, groupOfRow(row))
  }

  noteToLookAt(rows: readonly (GroupRow & SightRow)[]): void {
    this.noteGroups(rows)
    this.#noteSights(rows)
    const items = [...new Set(rows.map(readGroupRow).map(({ name }) => name))]
    this.found.toLookAt = { items, isAll: items.length <= lookedAtMax }
  }

  noteOpen(rows: readonly GroupRow[], countMax: number): void {
    this.noteGroups(rows)
    const items = rows.map(readGroupRow).map(({ name }) => name)
    this.found.open = { items, isAll: items.length < countMax }
  }

  /** Reads what was wanted, and what is likely to be wanted next. */
  async fetch(client: PoolClient, wanted: Wanted, session: PostgresQueueSession): Promise<void> {
    switch (wanted.kind) {
      case 'requests':
        return this.#requests.unhandled(client, wanted.after, wanted.countMax, session.queue)
      case 'handledRequests':
        return this.#requests.handled(client, wanted.after, wanted.countMax, session.queue)
      case 'toRevisit':
        return this.#requests.toRevisit(client, wanted.countMax)
      case 'names': {
        // All calls are performed again, so the walk begins where it began. It is not read in many pieces.
        const { items: before = [], after = wanted.after } = this.found.names ?? {}
        const countMax = Math.max(wanted.countMax, 2 * before.length)
        const values = [this.#queueId, toText(after), countMax]
        const [{ rows }] = await fly(client, [bind<GroupRow>(selectGroupsAfter, values)])
        this.noteGroups(rows)
        const items = rows.map(readGroupRow).map(({ name }) => name)
        this.found.names = { items, isAll: items.length < countMax, after }
        return
      }
      case 'toClear':
        return this.#requests.toClear(client, wanted.countMax)
      case 'group': {
        const { grouping } = session.queue
        const gathered = (this.found.requests?.items ?? []).map(({ content }) =>
          groupOf(content.url, grouping),
        )
        const names = [wanted.name, ...session.groupNames(), ...gathered]
        const [{ rows }] = await fly(client, [this.groups(names)])
        return this.noteGroups(rows)
      }
      case 'toLookAt': {
        const countMax = Math.max(this.#headMax, 1)
        const [look, open] = await fly(client, [this.toLookAt(), this.open(countMax)])
        this.noteToLookAt(look.rows)
        return this.noteOpen(open.rows, countMax)
      }
      case 'open': {
        const countMax = 2 * Math.max(this.found.open!.items.length, wanted.countMax)
        const [{ rows }] = await fly(client, [this.open(countMax)])
        return this.noteOpen(rows, countMax)
      }
      case 'sight':
        return this.#fetchSights(client, wanted.name, session)
      case 'due':
        return this.#fetchDue(client, wanted.name, wanted.countMax, session)
      case 'places': {
        const { places } = wanted
        const [{ rows }] = await fly(client, [
          bind<HeadRow>(selectAtPlaces, [
            this.#queueId,
            bigintArray(places.map(({ availableAt }) => availableAt)),
            bigintArray(places.map(({ sequence }) => sequence)),
          ]),
        ])
        return this.#noteAvailable(availableOf(rows))
      }
      case 'content':
        return this.#requests.content(client, wanted.requestId)
      case 'byPlace':
        throw new Error('requests are read by place elsewhere')
    }
  }

  /** Those of all open groups together that another policy has judged: they are looked at one after the other. */
  async #fetchSights(client: PoolClient, name: string, session: PostgresQueueSession): Promise<void> {
    const { policyVersion } = session.queue
    const stale = (this.found.open?.items ?? []).filter((other) => {
      return this.found.byName.get(other)!.judgedBy !== policyVersion && !this.found.sights.has(other)
    })
    const walked = (this.found.names?.items ?? []).filter((other) => !this.found.sights.has(other))
    const names = [...new Set([name, ...stale, ...walked])]
    const [{ rows }] = await fly(client, [
      bind<SightRow>(selectSights, [this.#queueId, this.#now, this.#ranks, textArray(names.map(toText))]),
    ])
    this.#noteSights(rows)
  }

  /** Also the first requests of all groups that may have one in front. */
  async #fetchDue(
    client: PoolClient,
    name: string,
    countMax: number,
    session: PostgresQueueSession,
  ): Promise<void> {
    const { groups, queue } = session
    const roomOf = (other: string) =>
      openingOf(groups.get(other), judgeOf(queue, other).limits, this.#now).room
    const inLine = this.found.open === null ? [] : groups.firstInLine(this.#headMax)
    // How many of each group the calls take if they take as many of each, and as many again.
    const share = Math.max(dueAtFirst, Math.ceil((2 * this.#headMax) / Math.max(1, inLine.length)))
    const known = this.found.due.get(name)
    // What the calls take together, if this group has asked for more than the first ones.
    const most = Math.min(roomOf(name), known === undefined ? share : this.#headMax)
    const wanted = [{ name, countMax: Math.max(countMax, most + 1) }]
    for (const { name: other } of inLine) {
      if (other === name) continue
      const found = this.found.due.get(other)
      const room = roomOf(other)
      if (found === undefined) {
        wanted.push({ name: other, countMax: room === 1 ? 1 : Math.min(room, share) + 1 })
      } else if (known !== undefined && share > dueAtFirst && !found.isAll && found.items.length <= room) {
        // Of few groups, the others are about to ask for more too.
        wanted.push({ name: other, countMax: Math.min(room, 2 * found.items.length) + 1 })
      }
    }
    const firsts = wanted.map((each) => this.#firstOf(each.name))
    const [{ rows }] = await fly(client, [
      bind<HeadRow>(selectDueOf, [
        this.#queueId,
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
      this.found.due.set(each.name, { items, isAll: items.length < each.countMax })
    }
  }

  /** Where a search for the first due request begins: none is before it. */
  #firstOf(name: string) {
    const fromLook = this.found.sights.get(name)?.due
    return (
      fromLook ??
      this.found.byName.get(name)?.first ?? {
        rank: forefrontRank,
        availableAt: -this.#now,
        sequence: Number.MIN_SAFE_INTEGER,
      }
    )
  }

  #noteAvailable(available: readonly Available[]): void {
    for (const each of available) this.found.atPlaces.set(each.state.place!.sequence, each)
  }

  #noteSights(rows: readonly SightRow[]): void {
    for (const [name, ofGroup] of Map.groupBy(rows.map(readGroupRow), (row) => row.name)) {
      const ranks = ofGroup.filter(({ rank }) => rank !== null).sort((a, b) => a.rank! - b.rank!)
      const first = ranks.find(({ due_at }) => due_at !== null)
      this.found.sights.set(name, {
        due:
          first === undefined
            ? null
            : { rank: first.rank!, availableAt: first.due_at!, sequence: first.due_sequence! },
        next: ranks.flatMap(({ rank, next_at: at }) => (at === null ? [] : [{ rank: rank!, at }])),
      })
    }
  }
}
