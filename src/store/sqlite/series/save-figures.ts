import { isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import type { QueueParams } from '../../params/queues.ts'
import type { Session } from '../session/session.ts'

/** Saves the figures of a queue, so that a reader sees all that was done until now (14.8). Returns the ID of the queue. */
export function saveFigures(session: Session, params: QueueParams): string | Refusal {
  const queue = session.queue(params, 'inspect')
  if (isRefusal(queue)) return queue
  session.figures.save(queue.number)
  return queue.id
}
