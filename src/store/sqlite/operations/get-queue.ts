import { isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import type { QueueView } from '../../../domain/queue.ts'
import type { InspectedQueue, QueueParams } from '../../params/queues.ts'
import type { Session } from '../session/session.ts'

/** The queue with its counts (7.1). This is an access, but not a touch by a client (7.3). */
export function getQueue(session: Session, params: QueueParams): QueueView | Refusal {
  const queue = session.queue(params, 'read')
  if (isRefusal(queue)) return queue
  queue.accessed(session.now)
  return queue.view()
}

/** Like `getQueue`, but not an access. */
export function inspectQueue(session: Session, params: QueueParams): InspectedQueue | Refusal {
  const queue = session.queue(params, 'inspect')
  return isRefusal(queue) ? queue : { queue: queue.view(), readAt: session.now }
}
