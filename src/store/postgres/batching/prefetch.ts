import type { PoolClient } from 'pg'
import { foldedName } from '../../../domain/queue.ts'
import type { RequestState } from '../../../domain/request.ts'
import type { Millis } from '../../../domain/time.ts'
import { stateOf } from '../../columns/requests.ts'
import type { ReadSet } from '../../operations/operation.ts'
import { headItemOf } from '../../request-page.ts'
import { readRequestRow } from '../columns.ts'
import { statement } from '../connection/pool.ts'
import { textArray } from '../encoding/arrays.ts'
import { toText } from '../encoding/text.ts'
import { dueParameters, selectDue } from '../reads/due-requests.ts'
import {
  type HeadRow,
  headColumns,
  type PostgresQueueRow,
  type PostgresStateRow,
  stateColumns,
} from '../rows.ts'
import type { Available } from './queue-session.ts'

const selectStates = statement(
  `SELECT ${stateColumns} FROM requests WHERE queue_id = $1 AND id = ANY ($2::text[])`,
)

const selectHeld = statement(`
  (SELECT ${stateColumns} FROM requests
    WHERE queue_id = $1 AND locked_by = ANY ($2::text[]) AND lock_expires_at > $4::bigint LIMIT $5)
  UNION
  (SELECT ${stateColumns} FROM requests
    WHERE queue_id = $1 AND locked_run = ANY ($3::text[]) AND lock_expires_at > $4::bigint LIMIT $5)`)

const selectHead = selectDue(headColumns)

const selectHolders = statement(`
  SELECT name_folded, queue_id FROM queue_names WHERE owner_id = $1 AND name_folded = ANY ($2::text[])`)

type States = readonly (readonly [id: string, state: RequestState])[]

/** Reads all that the calls of a transaction need, together. */
export class Prefetch {
  readonly #ids: string[] = []
  readonly #clientKeys: string[] = []
  readonly #runIds: string[] = []
  #heldMax = Number.POSITIVE_INFINITY
  readonly #names: string[] = []
  #headListed = 0
  #headTaken = 0

  constructor(readSets: Iterable<ReadSet>) {
    for (const { ids, headListed, headTaken, heldBy, name } of readSets) {
      if (ids !== undefined) this.#ids.push(...ids)
      this.#headListed = Math.max(this.#headListed, headListed ?? 0)
      this.#headTaken += headTaken ?? 0
      if (name != null) this.#names.push(foldedName(name))
      if (heldBy === undefined) continue
      this.#heldMax = Math.min(this.#heldMax, heldBy.countMax)
      if (heldBy.clientKey !== null) this.#clientKeys.push(toText(heldBy.clientKey))
      if (heldBy.runId !== null) this.#runIds.push(toText(heldBy.runId))
    }
  }

  async states(client: PoolClient, queueId: string): Promise<States> {
    if (this.#ids.length === 0) return []
    const ids = textArray([...new Set(this.#ids.map(toText))])
    const { rows } = await client.query<PostgresStateRow>({ ...selectStates, values: [queueId, ids] })
    return rows.map((row) => [row.id, stateOf(readRequestRow(row))] as const)
  }

  async held(
    client: PoolClient,
    queueId: string,
    now: Millis,
  ): Promise<{ readonly states: States; readonly isPart: boolean }> {
    if (this.#clientKeys.length === 0 && this.#runIds.length === 0) return { states: [], isPart: false }
    const values = [queueId, this.#clientKeys, this.#runIds, now, this.#heldMax + 1]
    const { rows } = await client.query<PostgresStateRow>({ ...selectHeld, values })
    const states = rows.map((row) => [row.id, stateOf(readRequestRow(row))] as const)
    return { states, isPart: states.length > this.#heldMax }
  }

  async head(client: PoolClient, queue: PostgresQueueRow, now: Millis): Promise<Available[]> {
    // Enough for every call, whatever their order: a list shows what the locks before it left over.
    const limit = this.#headListed + this.#headTaken
    if (limit === 0) return []
    const first = { availableAt: queue.head_from_at, sequence: queue.head_from_sequence }
    const values = dueParameters(queue.queue_id, now, first, limit)
    const { rows } = await client.query<HeadRow>({ ...selectHead, values })
    return rows.map(readRequestRow).map((row) => ({ item: headItemOf(row), state: stateOf(row) }))
  }

  async holders(client: PoolClient, { owner_id }: PostgresQueueRow): Promise<Map<string, string>> {
    if (this.#names.length === 0) return new Map()
    const { rows } = await client.query<{ name_folded: string; queue_id: string }>({
      ...selectHolders,
      values: [owner_id, this.#names.map(toText)],
    })
    return new Map(rows.map(({ name_folded, queue_id }) => [name_folded, queue_id]))
  }
}
