import { isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import { foldedName, isQueueName, type QueueView } from '../../../domain/queue.ts'
import type { UpdateQueue } from '../../store.ts'
import type { Session } from '../session.ts'

/** Renames and describes a queue (7.5); fields that are left out stay. */
export function updateQueue(session: Session, ask: UpdateQueue): QueueView | Refusal {
  const queue = session.queue(ask)
  if (isRefusal(queue)) return queue
  const { name } = ask
  if (typeof name === 'string') {
    if (!isQueueName(name)) return { refused: 'queueNameInvalid' }
    const other = session
      .statement('SELECT 1 FROM queues WHERE owner_id = ? AND name_folded = ? AND number <> ?')
      .get(queue.ownerId, foldedName(name), queue.number)
    if (other !== undefined) return { refused: 'queueNameNotUnique', values: { name } }
  }
  if (name !== undefined) queue.name = name
  if (ask.title !== undefined) queue.title = ask.title
  if (ask.generalAccess !== undefined) queue.generalAccess = ask.generalAccess
  // `modifiedAt` is about requests and locks (7.2); a new name is none of them.
  queue.accessed(session.now)
  // At once, not with the commit: the next call of this transaction may look for the name.
  session.save()
  return queue.view()
}
