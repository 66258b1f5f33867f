import type { QueueUser } from '../../../domain/caller.ts'
import type { Millis } from '../../../domain/time.ts'
import type { QueueState } from '../../queue-state.ts'
import { deletedKeptMs, deletedShownMax, deletedShownMs } from '../../series/deleted-queues.ts'
import type { Prepared } from '../reads/prepared.ts'
import type { Session } from '../session/session.ts'

/** More than one, so that the old ones become fewer. */
const forgottenMax = 10

const insertDeleted = 'INSERT INTO deleted_queues (deleted_at, id, owner_id) VALUES (?, ?, ?)'
const forgetOld = `
  DELETE FROM deleted_queues WHERE (deleted_at, id) IN (
    SELECT deleted_at, id FROM deleted_queues WHERE deleted_at < ? LIMIT +?)`
const selectDeleted = `
  SELECT id FROM deleted_queues WHERE deleted_at > ? AND owner_id = ? ORDER BY deleted_at DESC LIMIT +?`

/** Notes that a queue is deleted, and forgets some that were long ago. */
export function noteDeleted(session: Session, { id, ownerId }: QueueState): void {
  session.statement(insertDeleted).run(session.now, id, ownerId)
  session.statement(forgetOld).run(session.now - deletedKeptMs, forgottenMax)
}

export function deletedQueues(prepared: Prepared, { userId }: QueueUser, now: Millis): string[] {
  const rows = prepared.statement(selectDeleted).all(now - deletedShownMs, userId, deletedShownMax)
  return rows.map(({ id }) => id as string)
}
