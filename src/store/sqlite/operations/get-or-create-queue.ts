import { randomId } from '../../../domain/identity.ts'
import { isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import { foldedName, isQueueName, type QueueView } from '../../../domain/queue.ts'
import type { QueueRow } from '../../queue-state.ts'
import type { GetOrCreateQueue } from '../../store.ts'
import { selectQueue } from '../session/queue-row.ts'
import type { Session } from '../session/session.ts'

/** The queue of that name, or a new one (7.5). The unique index decides between two that create it at once. */
export function getOrCreateQueue(
  session: Session,
  params: GetOrCreateQueue,
): { queue: QueueView; created: boolean } | Refusal {
  if (params.name !== null && !isQueueName(params.name)) return { refused: 'queueNameInvalid' }
  const folded = params.name === null ? null : foldedName(params.name)
  if (params.name !== null) {
    const address = { ownerName: null, queueName: params.name }
    const queue = session.queue({ userId: params.userId, queue: address }, 'read')
    if (!isRefusal(queue)) {
      queue.accessed(session.now)
      return { queue: queue.view(), created: false }
    }
  }
  const { now } = session
  const id = randomId()
  session
    .statement(`
      INSERT INTO queues (id, owner_id, name, name_folded, title, general_access, created_at, modified_at, accessed_at, total_count,
        handled_count, last_ticket, had_multiple_clients, write_count, read_count, delete_count,
        head_item_read_count, storage_bytes)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0, 0)`)
    .run(
      id,
      params.userId,
      params.name,
      folded,
      params.title ?? null,
      params.generalAccess ?? null,
      now,
      now,
      now,
    )
  session.totals.change(params.userId, 1, params.name === null ? 0 : 1)
  const row = session.statement(`${selectQueue} WHERE queues.id = ?`).get(id) as unknown as QueueRow
  return { queue: session.adopt(row).view(), created: true }
}
