import { HeadlockError } from '../../../domain/errors.ts'
import type { RequestHistory } from '../../../domain/history/history.ts'
import type { RequestParams } from '../../params/requests.ts'
import { usable } from '../../queue-access.ts'
import { historyOfRow, type RequestHistoryRow, requestHistoryColumns } from '../../request-history.ts'
import { type PostgresClock, wallOf } from '../clock.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { statement } from '../connection/statement.ts'
import { toText } from '../encoding/text.ts'

const selectHistory = statement(`
  SELECT queues.owner_id, queues.shown_at, queues.clock_lead, ${wallOf('$3')} AS wall, ${requestHistoryColumns}
  FROM queues LEFT JOIN requests ON requests.queue_id = queues.queue_id AND requests.id = $2
  WHERE queues.queue_id = $1`)

interface Row extends RequestHistoryRow {
  owner_id: string
  shown_at: number
  clock_lead: number
  wall: string
}

/** @throws HeadlockError `requestNotFound` */
export async function requestHistory(
  database: Database,
  clock: PostgresClock,
  queueId: string,
  params: RequestParams,
): Promise<RequestHistory> {
  const askedAt = clock.asked()
  const rows = await withRetries(() =>
    database.query<Row>(selectHistory, [queueId, toText(params.requestId), clock.wallValue]),
  )
  const row = usable(params, rows[0], 'inspect')
  if (row.id === null) throw new HeadlockError('requestNotFound')
  const queueClock = { queueId, shownAt: row.shown_at, leadMs: row.clock_lead }
  return historyOfRow(row, clock.read(Number(row.wall), askedAt, queueClock))
}
