import { isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import type { DeleteRequests } from '../../store.ts'
import type { Session } from '../session.ts'
import { deleteIfPresent } from './delete-request.ts'

/** Deletes those that are there (6.6). */
export function deleteRequests(session: Session, ask: DeleteRequests): Refusal | undefined {
  const queue = session.queue(ask)
  if (isRefusal(queue)) return queue
  for (const requestId of ask.requestIds) deleteIfPresent(session, queue, requestId)
  queue.touchedBy(ask.client, session.now)
  return undefined
}
