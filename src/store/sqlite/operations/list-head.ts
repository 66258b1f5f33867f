import { isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import type { HeadItem } from '../../../domain/request.ts'
import { pageLengthMax } from '../../request-page.ts'
import type { Head, ListHead } from '../../store.ts'
import type { Session } from '../session.ts'

/** The first requests that nobody holds, in order (4.5); fewer than asked for where they are very long. */
export function listHead(session: Session, ask: ListHead): Head | Refusal {
  const queue = session.queue(ask)
  if (isRefusal(queue)) return queue
  const { now } = session
  const rows = session
    .statement(`
      SELECT id, unique_key AS uniqueKey, url, method, retry_count AS retryCount
      FROM requests INDEXED BY requests_in_order
      WHERE queue_number = ? AND available_at BETWEEN ? AND ?
      ORDER BY available_at, sequence
      LIMIT ?`)
    .iterate(queue.number, -now, now, ask.limit) as unknown as Iterable<HeadItem>
  const items: HeadItem[] = []
  let length = 0
  for (const item of rows) {
    length += item.uniqueKey.length + item.url.length
    if (length > pageLengthMax && items.length > 0) break
    items.push(item)
  }
  if (ask.client !== null) {
    queue.headItemReadCount += items.length
    queue.touchedBy(ask.client, now)
  }
  return { items, queueModifiedAt: queue.modifiedAt, hadMultipleClients: queue.hadMultipleClients }
}
