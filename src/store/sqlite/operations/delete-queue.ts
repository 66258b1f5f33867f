import { isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import type { QueueParams } from '../../params/queues.ts'
import type { QueueState } from '../../queue-state.ts'
import { deleteJobsOf } from '../jobs/job-rows.ts'
import { noteDeleted } from '../series/deleted-queues.ts'
import type { Session } from '../session/session.ts'

/** Hides the queue from every later call (7.9). `clearPurges` deletes its requests. */
export function deleteQueue(session: Session, params: QueueParams): Refusal | undefined {
  const queue = session.queue(params, 'manage')
  if (isRefusal(queue)) return queue
  dropQueue(session, queue)
  return undefined
}

export function dropQueue(session: Session, queue: QueueState): void {
  session.statement('DELETE FROM queues WHERE number = ?').run(queue.number)
  deleteJobsOf(session, queue.number)
  session.statement('INSERT INTO purges (queue_number) VALUES (?)').run(queue.number)
  session.totals.change(queue.ownerId, -1, queue.name === null ? 0 : -1)
  session.figures.queueDeleted(queue)
  noteDeleted(session, queue)
  session.forget(queue)
}
