import type { QueueUser } from '../../../domain/caller.ts'
import type { Millis } from '../../../domain/time.ts'
import { deletedKeptMs, deletedShownMax, deletedShownMs } from '../../series/deleted-queues.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { statement } from '../connection/statement.ts'

export const insertDeleted = statement(
  'INSERT INTO deleted_queues (queue_id, owner_id, deleted_at) VALUES ($1, $2, $3)',
)
const forgetOld = statement('DELETE FROM deleted_queues WHERE deleted_at < $1::bigint')
const selectDeleted = statement(`
  SELECT queue_id FROM deleted_queues WHERE deleted_at > $1::bigint AND owner_id = $2
  ORDER BY deleted_at DESC LIMIT ${deletedShownMax}`)

export async function deletedQueues(
  database: Database,
  { userId }: QueueUser,
  now: Millis,
): Promise<string[]> {
  const values = [now - deletedShownMs, userId]
  const rows = await withRetries(() => database.query<{ queue_id: string }>(selectDeleted, values))
  return rows.map(({ queue_id }) => queue_id)
}

/** Forgets those that were long ago. */
export async function forgetDeletedQueues(database: Database, now: Millis): Promise<void> {
  await database.query(forgetOld, [now - deletedKeptMs])
}
