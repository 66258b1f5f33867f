import type { HeadItem } from '../../../domain/request.ts'
import type { GetHeadItems } from '../../params/head-and-locks.ts'
import { usable } from '../../queue-access.ts'
import { type HeadItemRow, headItemOf, shortTextColumns } from '../../request-page.ts'
import { readRequestRow } from '../columns.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { statement } from '../connection/statement.ts'

const selectItems = statement(`
  SELECT queues.owner_id, requests.id, method, retry_count, ${shortTextColumns('$3::bigint')}
  FROM queues LEFT JOIN requests ON requests.queue_id = queues.queue_id AND requests.id = ANY ($2::text[])
  WHERE queues.queue_id = $1`)

type Row = { owner_id: string } & (HeadItemRow | { id: null })

/** Reads head items that were too long for the head's own answer. */
export async function getHeadItems(
  database: Database,
  queueId: string,
  params: GetHeadItems,
): Promise<HeadItem[]> {
  const { requestIds, bytesMax = Number.MAX_SAFE_INTEGER } = params
  const rows = await withRetries(() => database.query<Row>(selectItems, [queueId, requestIds, bytesMax]))
  usable(params, rows[0], 'read')
  return rows.flatMap((row) => (row.id === null ? [] : [headItemOf(readRequestRow(row))]))
}
