import { groupOf } from '../../../domain/policy/group-of.ts'
import { foldedName } from '../../../domain/queue.ts'
import type { HeadItem, RequestContent, RequestState } from '../../../domain/request.ts'
import type { Millis } from '../../../domain/time.ts'
import { contentNames, contentOf, type RequestRow, stateOf } from '../../columns/requests.ts'
import type { ReadSet } from '../../operations/operation.ts'
import type { QueueState } from '../../queue-state.ts'
import { type HeadItemRow, headItemOf } from '../../request-page.ts'
import { readRequestRow } from '../columns.ts'
import { type Bound, bind, statement } from '../connection/statement.ts'
import { textArray } from '../encoding/arrays.ts'
import { firstThatFit } from '../encoding/first-that-fit.ts'
import { fromText, toText } from '../encoding/text.ts'
import type { Available } from '../groups/requests.ts'
import { jobsById, type PostgresJobRow } from '../jobs/job-rows.ts'
import { dueParameters, selectDue, selectScheduled } from '../reads/due-requests.ts'
import {
  type HeadRow,
  headColumns,
  headItemColumns,
  type PostgresQueueRow,
  type PostgresStateRow,
  stateColumns,
} from '../rows.ts'

const selectStates = statement(
  `SELECT ${stateColumns} FROM requests WHERE queue_id = $1 AND id = ANY ($2::text[])`,
)

const selectHeld = statement(`
  (SELECT ${stateColumns} FROM requests
    WHERE queue_id = $1 AND locked_by = ANY ($2::text[]) AND lock_expires_at > $4::bigint LIMIT $5)
  UNION
  (SELECT ${stateColumns} FROM requests
    WHERE queue_id = $1 AND locked_run = ANY ($3::text[]) AND lock_expires_at > $4::bigint LIMIT $5)`)

const selectContents = statement(firstThatFit(['id', 'handled_at', ...contentNames]))
/** Bounds the memory that contents take. A call does as much as was read. */
const contentBytesMax = 8_000_000

const selectHead = selectDue(headColumns)
const selectHeadLater = selectScheduled(headItemColumns)

const selectHolders = statement(`
  SELECT name_folded, queue_id FROM queue_names WHERE owner_id = $1 AND name_folded = ANY ($2::text[])`)

/** The statements that read all that the calls of a transaction need. */
export class Prefetch {
  readonly #ids: string[] = []
  readonly #clientKeys: string[] = []
  readonly #runIds: string[] = []
  #heldMax = Number.POSITIVE_INFINITY
  readonly #names: string[] = []
  #headListed = 0
  #headTaken = 0
  readonly #groupNames: string[] = []
  readonly #contents: (readonly RequestContent[])[] = []
  readonly #contentsOf: string[] = []
  readonly #jobIds: string[] = []

  constructor(readSets: Iterable<ReadSet>) {
    for (const { ids, contents, contentsOf, job, groups, headListed, headTaken, heldBy, name } of readSets) {
      if (ids !== undefined) this.#ids.push(...ids)
      if (groups !== undefined) this.#groupNames.push(...groups)
      if (contents !== undefined) this.#contents.push(contents)
      if (contentsOf !== undefined) this.#contentsOf.push(...contentsOf)
      if (job !== undefined) this.#jobIds.push(job)
      this.#headListed = Math.max(this.#headListed, headListed ?? 0)
      this.#headTaken += headTaken ?? 0
      if (name != null) this.#names.push(foldedName(name))
      if (heldBy === undefined) continue
      this.#heldMax = Math.min(this.#heldMax, heldBy.countMax)
      if (heldBy.clientKey !== null) this.#clientKeys.push(toText(heldBy.clientKey))
      if (heldBy.runId !== null) this.#runIds.push(toText(heldBy.runId))
    }
  }

  /** The statement that `statesOf` reads. Null if no call names a request. */
  states(queueId: string): Bound<PostgresStateRow> | null {
    if (this.#ids.length === 0) return null
    return bind(selectStates, [queueId, textArray([...new Set(this.#ids.map(toText))])])
  }

  /** The statement that `contentsOf` reads. Null if no call asks for contents. */
  contents(queueId: string): Bound<RequestRow> | null {
    if (this.#contentsOf.length === 0) return null
    const ids = [...new Set(this.#contentsOf.map(toText))]
    return bind(selectContents, [queueId, textArray(ids), contentBytesMax])
  }

  jobs(queueId: string): Bound<PostgresJobRow> | null {
    return this.#jobIds.length === 0 ? null : jobsById(queueId, this.#jobIds)
  }

  held(queueId: string, now: Millis): Bound<PostgresStateRow> | null {
    if (this.#clientKeys.length === 0 && this.#runIds.length === 0) return null
    const clientKeys = textArray(this.#clientKeys)
    return bind(selectHeld, [queueId, clientKeys, textArray(this.#runIds), now, this.#heldMax + 1])
  }

  /** Whether more requests are held than the calls want to read, going by the rows of `held`. */
  isPart(held: readonly PostgresStateRow[]): boolean {
    return held.length > this.#heldMax
  }

  /** How many requests of the head the calls may take or show. */
  get headMax(): number {
    // Enough for every call, whatever their order: a list shows what the locks before it left over.
    return this.#headListed + this.#headTaken
  }

  /** How many requests `head` reads. 0: the calls do not need them. */
  headCount({ handsOutByGroups }: QueueState): number {
    if (!handsOutByGroups) return this.headMax
    // A list shows those that are held back after the available ones.
    return this.#headListed === 0 ? 0 : this.headMax + this.#headListed
  }

  head(queue: PostgresQueueRow, now: Millis, countMax: number): Bound<HeadRow> | null {
    if (countMax === 0) return null
    const first = { availableAt: queue.head_from_at, sequence: queue.head_from_sequence }
    return bind(selectHead, dueParameters(queue.queue_id, now, first, countMax))
  }

  /**
   * The groups that calls name, those of the requests that they name, and of those that they add or change.
   *
   * @param read the contents that calls asked for
   */
  *groupNames(
    { grouping }: QueueState,
    named: readonly PostgresStateRow[],
    read: readonly RequestContent[],
  ): Iterable<string> {
    yield* this.#groupNames
    for (const { group_name, lock_group } of named) {
      if (group_name !== null) yield fromText(group_name)
      if (lock_group !== null) yield fromText(lock_group)
    }
    for (const contents of [...this.#contents, read])
      for (const { url } of contents) yield groupOf(url, grouping)
  }

  /** What a list shows after the available requests (12.4). */
  scheduled(queue: PostgresQueueRow, now: Millis): Bound<HeadItemRow> | null {
    if (this.#headListed === 0 || queue.total_count === queue.handled_count) return null
    return bind(selectHeadLater, [queue.queue_id, now, this.#headListed])
  }

  holders({ owner_id }: PostgresQueueRow): Bound<HolderRow> | null {
    if (this.#names.length === 0) return null
    return bind(selectHolders, [owner_id, textArray(this.#names.map(toText))])
  }
}

interface HolderRow {
  readonly name_folded: string
  readonly queue_id: string
}

export function contentsOf(rows: readonly RequestRow[]): RequestContent[] {
  return rows.map(readRequestRow).map(contentOf)
}

export function statesOf(rows: readonly PostgresStateRow[]): (readonly [id: string, state: RequestState])[] {
  return rows.map((row) => [row.id, stateOf(readRequestRow(row))] as const)
}

export function availableOf(rows: readonly HeadRow[]): Available[] {
  return rows.map(readRequestRow).map((row) => ({ item: headItemOf(row), state: stateOf(row) }))
}

export function itemsOf(rows: readonly HeadItemRow[]): HeadItem[] {
  return rows.map(readRequestRow).map(headItemOf)
}
