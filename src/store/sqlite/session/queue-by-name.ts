import { foldedName } from '../../../domain/queue.ts'
import type { QueueParams } from '../../params/queues.ts'

/** Finds a queue by its owner and name (rule 7.6). It takes the values of `queueNameValues`. */
export const selectQueueByName = `
  SELECT queues.number, queues.id, queues.owner_id
  FROM queues JOIN users ON users.id = queues.owner_id
  WHERE queues.name_folded = ?1
    AND CASE WHEN ?2 IS NULL THEN users.id = ?3 ELSE users.username_folded = ?2 END`

/** Names of queues and of users are compared without case. */
export function queueNameValues(
  { ownerName, queueName }: { readonly ownerName: string | null; readonly queueName: string },
  { userId }: QueueParams,
): [queueName: string, ownerName: string | null, userId: string] {
  return [foldedName(queueName), ownerName === null ? null : foldedName(ownerName), userId]
}
