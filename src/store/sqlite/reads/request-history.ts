import type { DatabaseSync } from 'node:sqlite'
import { HeadlockError } from '../../../domain/errors.ts'
import type { RequestHistory } from '../../../domain/history/history.ts'
import type { Millis } from '../../../domain/time.ts'
import { historyOfRow, type RequestHistoryRow, requestHistoryColumns } from '../../request-history.ts'

const selectHistory = `
  SELECT ${requestHistoryColumns}
  FROM queues LEFT JOIN requests ON requests.queue_number = queues.number AND requests.id = ?2
  WHERE queues.number = ?1`

/** @throws HeadlockError `requestNotFound` */
export function requestHistory(
  db: DatabaseSync,
  queueNumber: number,
  requestId: string,
  now: Millis,
): RequestHistory {
  const row = db.prepare(selectHistory).get(queueNumber, requestId) as RequestHistoryRow | undefined
  if (row === undefined || row.id === null) throw new HeadlockError('requestNotFound')
  return historyOfRow(row, now)
}
