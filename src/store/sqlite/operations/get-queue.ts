import { isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import type { QueueView } from '../../../domain/queue.ts'
import type { InspectedQueue, QueueParams } from '../../params/queues.ts'
import type { Session } from '../session/session.ts'

/** The queue with its counts (7.1). An access, but no client's touch (7.3). */
export function getQueue(session: Session, params: QueueParams): QueueView | Refusal {
  const queue = session.queue(params, 'read')
  if (isRefusal(queue)) return queue
  queue.accessed(session.now)
  return queue.view()
}

/** The same without being an access. */
export function inspectQueue(session: Session, params: QueueParams): InspectedQueue | Refusal {
  const queue = session.queue(params, 'inspect')
  return isRefusal(queue) ? queue : { queue: queue.view(), readAt: session.now }
}
