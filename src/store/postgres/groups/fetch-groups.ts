import type { PoolClient } from 'pg'
import { mostAtOnce } from '../../../domain/policy/group-limits.ts'
import { groupOf } from '../../../domain/policy/group-of.ts'
import { ranksIn } from '../../../domain/policy/rank.ts'
import type { Millis } from '../../../domain/time.ts'
import { type GroupRow, groupColumns, groupOfRow } from '../../columns/groups.ts'
import { lookedAtMax } from '../../operations/hand-out/look-at-groups.ts'
import type { QueueState } from '../../queue-state.ts'
import type { PostgresQueueSession } from '../batching/queue-session.ts'
import { rowReader } from '../columns.ts'
import { fly } from '../connection/flight.ts'
import { type Bound, bind, bindReading } from '../connection/statement.ts'
import { bigintArray, textArray } from '../encoding/arrays.ts'
import { toText } from '../encoding/text.ts'
import { DueFetcher } from './fetch-due.ts'
import { RequestFetcher } from './fetch-requests.ts'
import type { FoundGroups, Wanted } from './found-groups.ts'
import { type FoundOpen, foundOpenOf } from './open-rows.ts'
import { selectGroups, selectGroupsAfter, selectOpen, selectSights, selectToLookAt } from './statements.ts'

/** A row for a rank of a group. */
interface SightRow {
  readonly name: string
  /** Null if the queue never had a request in a group. */
  readonly rank: number | null
  readonly due_at: number | null
  readonly due_sequence: number | null
  readonly next_at: number | null
}

/** A moment has 13 digits, until the year 2286. */
const lockEndLength = ',1234567890123'.length
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
  /** Where the list of locks of a group is that long, it may get at most one request more. */
  readonly #lockEndsMax: number
  readonly #requests: RequestFetcher
  readonly #due: DueFetcher

  constructor(found: FoundGroups, queue: QueueState, now: Millis, lookedUntil: Millis, headMax: number) {
    this.found = found
    this.#queueId = queue.id
    this.#now = now
    const most = mostAtOnce(queue.newestPolicy)
    this.#lockEndsMax = Math.min(1 + (most - 1) * lockEndLength, Number.MAX_SAFE_INTEGER)
    this.#ranks = bigintArray(ranksIn(queue.ranks))
    this.#lookedUntil = lookedUntil
    this.#headMax = headMax
    this.#requests = new RequestFetcher(found, queue.id, now)
    this.#due = new DueFetcher(found, queue, now, headMax)
  }

  groups(names: Iterable<string>): Bound<GroupRow> | null {
    const wanted = [...new Set(names)].filter((name) => !this.found.byName.has(name))
    for (const name of wanted) this.found.byName.set(name, null)
    return wanted.length === 0 ? null : bind(selectGroups, [this.#queueId, textArray(wanted.map(toText))])
  }

  /** @param countMax one more than a step looks at, so that it knows whether there are more */
  toLookAt(countMax = lookedAtMax + 1): Bound<GroupRow & SightRow> {
    return bind(selectToLookAt, [this.#queueId, this.#now, this.#ranks, this.#lookedUntil, countMax])
  }

  open(countMax: number): Bound<FoundOpen> {
    return bindReading(selectOpen, [this.#queueId, this.#now, countMax, this.#lockEndsMax], foundOpenOf)
  }

  noteGroups(rows: readonly GroupRow[]): void {
    for (const row of rows.map(readGroupRow)) this.found.byName.set(row.name, groupOfRow(row))
  }

  noteToLookAt(rows: readonly (GroupRow & SightRow)[], countMax = lookedAtMax + 1): void {
    this.noteGroups(rows)
    this.#noteSights(rows)
    const items = [...new Set(rows.map(readGroupRow).map(({ name }) => name))]
    this.found.toLookAt = { items, isAll: items.length < countMax }
  }

  noteOpen(rows: readonly FoundOpen[], countMax: number): void {
    for (const found of rows) {
      this.found.byName.set(found.group.name, found.group)
      this.#due.noteFirst(found)
    }
    this.found.open = { items: rows.map(({ group }) => group.name), isAll: rows.length < countMax }
  }

  /** Reads what was wanted, and what is likely to be wanted next. */
  async fetch(client: PoolClient, wanted: Wanted, session: PostgresQueueSession): Promise<void> {
    switch (wanted.kind) {
      case 'requests':
        return this.#requests.unhandled(client, wanted.after, wanted.countMax, session.queue)
      case 'handledRequests':
        return this.#requests.handled(client, wanted.after, wanted.countMax, session.queue)
      case 'ungrouped':
        return this.#requests.ungrouped(client, wanted.after, wanted.countMax)
      case 'inOrder':
        return this.#requests.inOrder(client, wanted.after, wanted.countMax)
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
        const { requests, inOrder, ungrouped } = this.found
        const gathered = (requests ?? inOrder ?? ungrouped)?.items.map(({ content }) =>
          groupOf(content.url, grouping),
        )
        const names = [wanted.name, ...session.groupNames(), ...(gathered ?? [])]
        const [{ rows }] = await fly(client, [this.groups(names)])
        return this.noteGroups(rows)
      }
      case 'toLookAt': {
        const countMax = Math.max(this.#headMax, 1)
        const lookedMax = wanted.countMax === 0 ? undefined : wanted.countMax
        const [look, open] = await fly(client, [this.toLookAt(lookedMax), this.open(countMax)])
        this.noteToLookAt(look.rows, lookedMax)
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
        return this.#due.more(client, wanted.name, wanted.countMax, session.groups)
      case 'places':
        return this.#due.places(client, wanted.places, session.groups)
      case 'content':
        return this.#requests.content(client, wanted.requestId)
      case 'byPlace':
        throw new Error('requests are read by place elsewhere')
    }
  }

  /** Also of all other groups that the calls are going to look at: they look at one after the other. */
  async #fetchSights(client: PoolClient, name: string, session: PostgresQueueSession): Promise<void> {
    const { queue, groups } = session
    const { open, names: walk, byName, sights } = this.found
    const stale = (open?.items ?? []).filter((other) => byName.get(other)!.judgedBy !== queue.policyVersion)
    const unknown = groups.unknown().map((group) => group.name)
    const others = [...stale, ...unknown, ...this.#due.mayRunOut(groups), ...(walk?.items ?? [])]
    const names = [...new Set([name, ...others.filter((other) => !sights.has(other))])]
    const [{ rows }] = await fly(client, [
      bind<SightRow>(selectSights, [this.#queueId, this.#now, this.#ranks, textArray(names.map(toText))]),
    ])
    this.#noteSights(rows)
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
