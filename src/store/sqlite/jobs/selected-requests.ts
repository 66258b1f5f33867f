/** Reads the requests that actions and forks are about, on a connection that only reads. */
import type { DatabaseSync } from 'node:sqlite'
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
import type { Prepared } from '../reads/prepared.ts'

const selectIdsAfter = `
  SELECT id FROM requests INDEXED BY requests_by_id WHERE queue_number = ? AND id > ? ORDER BY id LIMIT +?`
const selectState = `SELECT ${knownStateNames.join(', ')} FROM requests WHERE queue_number = ? AND id = ?`
const selectRow = `SELECT ${requestNames.join(', ')} FROM requests WHERE queue_number = ? AND id = ?`

/** The next requests by their IDs. */
export function idsAfter(db: DatabaseSync, queueNumber: number, id: string, countMax: number): string[] {
  return db
    .prepare(selectIdsAfter)
    .all(queueNumber, id, countMax)
    .map((row) => row['id'] as string)
}

/** Those of the requests that exist. */
export function statesOf(
  statements: Pick<Prepared, 'statement'>,
  queueNumber: number,
  requestIds: readonly string[],
): FoundState[] {
  const statement = statements.statement(selectState)
  return requestIds.flatMap((id) => {
    const row = statement.get(queueNumber, id) as KnownStateRow | undefined
    return row === undefined ? [] : [{ id, state: stateOf(row) }]
  })
}

/** @param bytesMax a single request may have more */
export function readToCopy(
  db: DatabaseSync,
  queueNumber: number,
  requestIds: readonly string[],
  forkedAt: Millis,
  bytesMax: number,
): RequestsToCopy {
  const statement = db.prepare(selectRow)
  const requests: RequestsToCopy['requests'][number][] = []
  let bytes = 0
  let processed = 0
  for (const id of requestIds) {
    const row = statement.get(queueNumber, id) as RequestRow | undefined
    bytes += row?.bytes ?? 0
    if (bytes > bytesMax && requests.length > 0) break
    if (row !== undefined) requests.push(copyOf(contentOf(row), stateOf(row), forkedAt))
    processed++
  }
  return { requests, processed }
}
