/** Reads the requests that actions and forks are about. */
import { copyOf } from '../../../domain/actions/copied.ts'
import type { Millis } from '../../../domain/time.ts'
import {
  contentOf,
  type KnownStateRow,
  knownStateNames,
  type RequestRow,
  requestNames,
  stateOf,
} from '../../columns/requests.ts'
import type { FoundState, RequestsToCopy } from '../../jobs/job-steps.ts'
import { readRequestRow } from '../columns.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { statement } from '../connection/statement.ts'
import { firstThatFit } from '../encoding/first-that-fit.ts'
import { toText } from '../encoding/text.ts'

const selectIdsAfter = statement(
  'SELECT id FROM requests WHERE queue_id = $1 AND id > $2 ORDER BY id LIMIT $3',
)
const selectStates = statement(
  `SELECT id, ${knownStateNames.join(', ')} FROM requests WHERE queue_id = $1 AND id = ANY ($2::text[])`,
)
const selectRows = statement(firstThatFit(requestNames))

interface StateRow extends KnownStateRow {
  id: string
}

/** The next requests by their IDs. */
export async function idsAfter(
  database: Database,
  queueId: string,
  id: string,
  countMax: number,
): Promise<string[]> {
  const rows = await withRetries(() =>
    database.query<{ id: string }>(selectIdsAfter, [queueId, id, countMax]),
  )
  return rows.map((row) => row.id)
}

/** Those of the requests that exist. */
export async function statesOf(
  database: Database,
  queueId: string,
  requestIds: readonly string[],
): Promise<FoundState[]> {
  const rows = await withRetries(() =>
    database.query<StateRow>(selectStates, [queueId, requestIds.map(toText)]),
  )
  return rows.map((row) => ({ id: row.id, state: stateOf(readRequestRow(row)) }))
}

/** @param bytesMax a single request may have more */
export async function readToCopy(
  database: Database,
  queueId: string,
  requestIds: readonly string[],
  forkedAt: Millis,
  bytesMax: number,
): Promise<RequestsToCopy> {
  const rows = await withRetries(() =>
    database.query<RequestRow & { is_cut: boolean }>(selectRows, [queueId, requestIds.map(toText), bytesMax]),
  )
  const byId = new Map(rows.map((row) => [row.id, readRequestRow(row)]))
  const last = rows.at(-1)
  const processed = last?.is_cut === true ? requestIds.indexOf(last.id) + 1 : requestIds.length
  const requests = requestIds.slice(0, processed).flatMap((id) => {
    const row = byId.get(id)
    return row === undefined ? [] : [copyOf(contentOf(row), stateOf(row), forkedAt)]
  })
  return { requests, processed }
}
