import { isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import { comparePlaces } from '../../../domain/order.ts'
import type { HeadItem } from '../../../domain/request.ts'
import type { QueueState } from '../../queue-state.ts'
import type { LockedHead, LockHead } from '../../store.ts'
import type { Session } from '../session.ts'

interface LockedRow {
  id: string
  unique_key: string
  url: string
  method: string
  retry_count: number
  available_before: number
  sequence: number
}

/**
 * Takes the first available requests and locks them for the caller (4.1), in one statement: what the index has between
 * -now and now is available, and moving it past now locks it. The side stays in the sign.
 */
export function lockHead(session: Session, ask: LockHead): LockedHead | Refusal {
  const queue = session.queue(ask)
  if (isRefusal(queue)) return queue
  const { now } = session
  const lockExpiresAt = now + ask.lockMs
  const rows = session
    .statement(`
      UPDATE requests SET
        available_before = available_at,
        available_at = CASE WHEN available_at < 0 THEN -?1 ELSE ?1 END,
        locked_by = ?2,
        locked_run = ?3,
        lock_expires_at = ?1
      WHERE number IN (
        SELECT number FROM requests INDEXED BY requests_in_order
        WHERE queue_number = ?4 AND available_at BETWEEN -?5 AND ?5
        ORDER BY available_at, sequence
        LIMIT ?6)
      RETURNING id, unique_key, url, method, retry_count, available_before, sequence`)
    .all(
      lockExpiresAt,
      ask.client.clientKey,
      ask.client.runId,
      queue.number,
      now,
      ask.limit,
    ) as unknown as LockedRow[]
  // RETURNING promises no order.
  rows.sort((a, b) =>
    comparePlaces(
      { availableAt: a.available_before, sequence: a.sequence },
      { availableAt: b.available_before, sequence: b.sequence },
    ),
  )
  if (rows.length > 0) queue.modified(now)
  queue.writeCount += rows.length
  queue.headItemReadCount += rows.length
  queue.touchedBy(ask.client, now)
  return {
    items: rows.map(itemOf),
    lockExpiresAt,
    queueModifiedAt: queue.modifiedAt,
    hadMultipleClients: queue.hadMultipleClients,
    queueHasLockedRequests: rows.length > 0 || hasLockedRequests(session, queue),
  }
}

/** Whether any lock is alive: two looks at the ends of the index, whatever the size of the queue (4.4). */
export function hasLockedRequests(session: Session, queue: QueueState): boolean {
  const found = session
    .statement(`
      SELECT EXISTS (SELECT 1 FROM requests INDEXED BY requests_in_order
          WHERE queue_number = ?1 AND available_at > ?2)
        OR EXISTS (SELECT 1 FROM requests INDEXED BY requests_in_order
          WHERE queue_number = ?1 AND available_at < -?2) AS found`)
    .get(queue.number, session.now)!
  return found['found'] === 1
}

function itemOf(row: LockedRow): HeadItem {
  return {
    id: row.id,
    uniqueKey: row.unique_key,
    url: row.url,
    method: row.method,
    retryCount: row.retry_count,
  }
}
