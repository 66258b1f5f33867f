import type { PoolClient } from 'pg'
import type { Place } from '../../../domain/order.ts'
import type { Millis } from '../../../domain/time.ts'
import { type GroupRow, groupColumns, groupOfRow } from '../../columns/groups.ts'
import { contentOf, type RequestRow, stateOf } from '../../columns/requests.ts'
import { isSmall, smallQueueMax } from '../../operations/policy/build.ts'
import { areFewRequests, fewRequestsMax } from '../../operations/revisit/follow-revisits.ts'
import type { QueueState } from '../../queue-state.ts'
import { countThatFits } from '../../steps/steps.ts'
import { statesOf } from '../batching/prefetch.ts'
import { readRequestRow, rowReader } from '../columns.ts'
import { fly } from '../connection/flight.ts'
import { bind, type Statement } from '../connection/statement.ts'
import { textArray } from '../encoding/arrays.ts'
import { toText } from '../encoding/text.ts'
import type { PostgresStateRow } from '../rows.ts'
import type { FoundGroups } from './found-groups.ts'
import {
  gatheredBytesMax,
  selectContents,
  selectGroupsAfter,
  selectHandled,
  selectRequests,
  selectRequestsAfter,
  selectRequestsInGroups,
  selectRevisitMoments,
  selectToRevisit,
  selectUngroupedAfter,
  selectUnhandled,
  selectUnhandledAfter,
} from './statements.ts'

/** How many requests without a group one step reads. */
const ungroupedMax = 200

const readGroupRow = rowReader(groupColumns)

interface UngroupedRow {
  readonly id: string
  readonly bytes: number
  readonly is_ungrouped: boolean
  /** How many requests were read in all. */
  readonly count: number
}

/** Reads requests of a queue for a policy that is coming into force or going, for revisits, and their contents. */
export class RequestFetcher {
  readonly #found: FoundGroups
  readonly #queueId: string
  readonly #now: Millis

  constructor(found: FoundGroups, queueId: string, now: Millis) {
    this.#found = found
    this.#queueId = queueId
    this.#now = now
  }

  async unhandled(client: PoolClient, after: string, count: number, queue: QueueState): Promise<void> {
    // In a small queue, all that are not handled come at once. It may have millions of handled ones.
    const { rows, ...found } = isSmall(queue)
      ? await this.#readAll(client, selectUnhandled, 2 * smallQueueMax)
      : await this.#readAfter(client, after, count)
    const unhandled = rows.filter((row) => row.handled_at === null)
    this.#found.requests = { ...found, items: unhandled.map(identified) }
  }

  async handled(client: PoolClient, after: string, count: number, queue: QueueState): Promise<void> {
    // In a queue with few requests, all of them are wanted at once.
    const { rows, ...found } = areFewRequests(queue)
      ? await this.#readAll(client, selectHandled, 2 * fewRequestsMax)
      : await this.#readAfter(client, after, count)
    const handled = rows.filter((row) => row.handled_at !== null)
    this.#found.handledRequests = { ...found, items: handled.map(identified) }
  }

  /** Reads so many requests by their ID, and takes those that have no group. */
  async ungrouped(client: PoolClient, after: string, countMax: number): Promise<void> {
    const [{ rows }] = await fly(client, [
      bind<UngroupedRow>(selectUngroupedAfter, [this.#queueId, toText(after), countMax]),
    ])
    const ungrouped = rows.filter(({ is_ungrouped }) => is_ungrouped)
    // Hardly any request has none. Those that are too much for this step are found again by the next one.
    const takenCount = countThatFits(ungrouped, { requests: ungroupedMax, bytes: gatheredBytesMax })
    const taken = ungrouped.slice(0, takenCount).map(({ id }) => id)
    const isCut = takenCount < ungrouped.length
    const read = takenCount === 0 ? [] : await this.#readEach(client, taken)
    this.#found.ungrouped = {
      items: read.map(identified),
      lastId: (isCut ? taken.at(-1) : rows.at(-1)?.id) ?? after,
      isAll: !isCut && (rows.at(-1)?.count ?? 0) < countMax,
    }
  }

  async #readEach(client: PoolClient, ids: readonly string[]): Promise<RequestRow[]> {
    const [{ rows }] = await fly(client, [
      bind<RequestRow>(selectRequests, [this.#queueId, textArray(ids.map(toText))]),
    ])
    return this.#noteRequests(rows)
  }

  async inOrder(client: PoolClient, after: Place | null, countMax: number): Promise<void> {
    const { availableAt, sequence } = after ?? { availableAt: Number.MIN_SAFE_INTEGER, sequence: 0 }
    const [answer] = await fly(client, [
      bind<RequestRow>(selectUnhandledAfter, [this.#queueId, availableAt, sequence, countMax]),
    ])
    const rows = this.#noteRequests(answer.rows)
    const bytes = rows.reduce((sum, row) => sum + row.bytes, 0)
    this.#found.inOrder = {
      items: rows.map(identified),
      isAll: rows.length < countMax && bytes < gatheredBytesMax,
    }
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
    for (const row of rows) this.#found.noteState(row.id, stateOf(row))
    return rows
  }

  async toRevisit(client: PoolClient, countMax: number): Promise<void> {
    const [found, moments] = await fly(client, [
      bind<RequestRow>(selectToRevisit, [this.#queueId, this.#now, countMax]),
      bind<{ revisit_at: number }>(selectRevisitMoments, [this.#queueId, countMax + 1]),
    ])
    const read = found.rows.map(readRequestRow)
    for (const row of read) this.#found.noteState(row.id, stateOf(row))
    this.#found.toRevisit = {
      contents: read.map(contentOf),
      nextAt: moments.rows[read.length]?.revisit_at ?? null,
    }
  }

  async toClear(client: PoolClient, countMax: number): Promise<void> {
    const [requests, groups] = await fly(client, [
      bind<PostgresStateRow>(selectRequestsInGroups, [this.#queueId, countMax]),
      bind<GroupRow>(selectGroupsAfter, [this.#queueId, '', countMax]),
    ])
    for (const [id, state] of statesOf(requests.rows)) this.#found.noteState(id, state)
    const read = groups.rows.map(readGroupRow)
    for (const row of read) this.#found.byName.set(row.name, groupOfRow(row))
    const upTo = <Item>(items: readonly Item[]) => ({ items, isAll: items.length < countMax })
    this.#found.toClear = {
      requests: upTo(requests.rows.map(({ id }) => id)),
      groups: upTo(read.map(({ name }) => name)),
    }
  }

  async content(client: PoolClient, requestId: string): Promise<void> {
    const [{ rows }] = await fly(client, [
      bind<RequestRow>(selectContents, [this.#queueId, textArray([toText(requestId)])]),
    ])
    for (const row of rows.map(readRequestRow)) this.#found.contents.set(row.id, contentOf(row))
  }
}

function identified(row: RequestRow) {
  return { id: row.id, content: contentOf(row) }
}
