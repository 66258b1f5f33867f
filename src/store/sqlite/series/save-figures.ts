import { isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import type { QueueParams } from '../../params/queues.ts'
import type { Session } from '../session/session.ts'

/** Bounds the queues that a look at the server saves. It takes some milliseconds. The others are saved within a second. */
const savedByLookMax = 100

/** Saves the figures of a queue, so that a reader sees all that was done until now (14.8). Returns the ID of the queue. */
export function saveFigures(session: Session, params: QueueParams): string | Refusal {
  const queue = session.queue(params, 'inspect')
  if (isRefusal(queue)) return queue
  session.figures.save(queue.number)
  return queue.id
}

/** Saves the figures of queues in which something was done, for a reader of the figures of the server. */
export function saveSomeFigures(session: Session): undefined {
  for (const number of session.figures.unsavedNumbers().slice(0, savedByLookMax)) session.figures.save(number)
}
