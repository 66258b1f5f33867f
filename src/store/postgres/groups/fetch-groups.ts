import type { PoolClient } from 'pg'
import { openingOf } from '../../../domain/policy/group.ts'
import { groupOf } from '../../../domain/policy/group-of.ts'
import { forefrontRank, keyOf, ranksIn } from '../../../domain/policy/rank.ts'
import type { Millis } from '../../../domain/time.ts'
import { type GroupRow, groupColumns, groupOfRow } from '../../columns/groups.ts'
import { contentOf, type RequestRow, stateOf } from '../../columns/requests.ts'
import { judgeOf } from '../../operations/hand-out/judge.ts'
import { lookedAtMax } from '../../operations/hand-out/look-at-groups.ts'
import { isSmall, smallQueueMax } from '../../operations/policy/build.ts'
import { areFewRequests, fewRequestsMax } from '../../operations/revisit/follow-revisits.ts'
import type { QueueState } from '../../queue-state.ts'
import { availableOf, statesOf } from '../batching/prefetch.ts'
import type { PostgresQueueSession } from '../batching/queue-session.ts'
import { readRequestRow, rowReader } from '../columns.ts'
import { fly } from '../connection/flight.ts'
import { type Bound, bind, type Statement } from '../connection/statement.ts'
import { bigintArray, textArray } from '../encoding/arrays.ts'
import { toText } from '../encoding/text.ts'
import type { HeadRow, PostgresStateRow } from '../rows.ts'
import type { FoundGroups, Wanted } from './found-groups.ts'
import type { Available } from './requests.ts'
import {
  gatheredBytesMax,
  selectAtPlaces,
  selectContents,
  selectDueOf,
  selectGroups,
  selectGroupsAfter,
  selectHandled,
  selectOpen,
  selectRequestsAfter,
  selectRequestsInGroups,
  selectRevisitMoments,
  selectSights,
  selectToLookAt,
  selectToRevisit,
  selectUnhandled,
} from './statements.ts'

/** How many requests of an open group are read at first, as `Line` asks for them. Most groups need no more. */
const dueAtFirst = 3

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

  constructor(found: FoundGroups, queue: QueueState, now: Millis, lookedUntil: Millis, headMax: number) {
    this.found = found
    this.#queueId = queue.id
    this.#now = now
    this.#ranks = bigintArray(ranksIn(queue.ranks))
    this.#lookedUntil = lookedUntil
    this.#headMax = headMax
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
        return this.#fetchRequests(client, wanted.after, wanted.countMax, session.queue)
      case 'handledRequests':
        return this.#fetchHandled(client, wanted.after, wanted.countMax, session.queue)
      case 'toRevisit':
        return this.#fetchToRevisit(client, wanted.countMax)
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
        return this.#fetchToClear(client, wanted.countMax)
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
        return this.#fetchContent(client, wanted.requestId)
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
    const known = this.found.due.get(name)
    // What the calls take together, if this group has asked for more than the first ones.
    const own = known === undefined ? countMax : Math.max(countMax, Math.min(roomOf(name), this.#headMax) + 1)
    const wanted = [{ name, countMax: own }]
    const others = this.found.open === null ? [] : groups.firstInLine(this.#headMax)
    for (const { name: other } of others) {
      if (other !== name && !this.found.due.has(other)) {
        const room = roomOf(other)
        wanted.push({ name: other, countMax: room === 1 ? 1 : Math.min(room + 1, dueAtFirst) })
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

  async #fetchRequests(client: PoolClient, after: string, count: number, queue: QueueState): Promise<void> {
    // In a small queue, all that are not handled come at once. It may have millions of handled ones.
    const { rows, ...found } = isSmall(queue)
      ? await this.#readAll(client, selectUnhandled, 2 * smallQueueMax)
      : await this.#readAfter(client, after, count)
    const unhandled = rows.filter((row) => row.handled_at === null)
    this.found.requests = { ...found, items: unhandled.map(identified) }
  }

  async #fetchHandled(client: PoolClient, after: string, count: number, queue: QueueState): Promise<void> {
    // In a queue with few requests, all of them are wanted at once.
    const { rows, ...found } = areFewRequests(queue)
      ? await this.#readAll(client, selectHandled, 2 * fewRequestsMax)
      : await this.#readAfter(client, after, count)
    const handled = rows.filter((row) => row.handled_at !== null)
    this.found.handledRequests = { ...found, items: handled.map(identified) }
  }

  async #readAll(client: PoolClient, statement: Statement, countMax: number) {
    const [answer] = await fly(client, [bind<RequestRow>(statement, [this.#queueId, countMax])])
    const rows = this.#noteRequests(answer.rows)
    return { rows, after: '', lastId: rows.at(-1)?.id ?? '', isAll: rows.length < countMax }
  }

  /** Reads the next requests by their ID. Fewer than `countMax` come if they are very large. */
  async #readAfter(client: PoolClient, after: string, countMax: number) {
    const values = [this.#queueId, toText(after), countMax]
    const [answer] = await fly(client, [bind<RequestRow>(selectRequestsAfter, values)])
    const rows = this.#noteRequests(answer.rows)
    const bytes = rows.reduce((sum, row) => sum + row.bytes, 0)
    const isAll = rows.length < countMax && bytes < gatheredBytesMax
    return { rows, after, lastId: rows.at(-1)?.id ?? after, isAll }
  }

  #noteRequests(found: readonly RequestRow[]): RequestRow[] {
    const rows = found.map(readRequestRow)
    for (const row of rows) this.found.noteState(row.id, stateOf(row))
    return rows
  }

  async #fetchToRevisit(client: PoolClient, countMax: number): Promise<void> {
    const [found, moments] = await fly(client, [
      bind<RequestRow>(selectToRevisit, [this.#queueId, this.#now, countMax]),
      bind<{ revisit_at: number }>(selectRevisitMoments, [this.#queueId, countMax + 1]),
    ])
    const read = found.rows.map(readRequestRow)
    for (const row of read) this.found.noteState(row.id, stateOf(row))
    this.found.toRevisit = {
      contents: read.map(contentOf),
      nextAt: moments.rows[read.length]?.revisit_at ?? null,
    }
  }

  async #fetchToClear(client: PoolClient, countMax: number): Promise<void> {
    const [requests, groups] = await fly(client, [
      bind<PostgresStateRow>(selectRequestsInGroups, [this.#queueId, countMax]),
      bind<GroupRow>(selectGroupsAfter, [this.#queueId, '', countMax]),
    ])
    for (const [id, state] of statesOf(requests.rows)) this.found.noteState(id, state)
    this.noteGroups(groups.rows)
    const upTo = <Item>(items: readonly Item[]) => ({ items, isAll: items.length < countMax })
    this.found.toClear = {
      requests: upTo(requests.rows.map(({ id }) => id)),
      groups: upTo(groups.rows.map(readGroupRow).map(({ name }) => name)),
    }
  }

  async #fetchContent(client: PoolClient, requestId: string): Promise<void> {
    const [{ rows }] = await fly(client, [
      bind<RequestRow>(selectContents, [this.#queueId, textArray([toText(requestId)])]),
    ])
    for (const row of rows.map(readRequestRow)) this.found.contents.set(row.id, contentOf(row))
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

function identified(row: RequestRow) {
  return { id: row.id, content: contentOf(row) }
}
