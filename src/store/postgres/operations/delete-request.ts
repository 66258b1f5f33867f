import { remove } from '../../../domain/lifecycle.ts'
import type { ClientAsk, RequestAsk } from '../../store.ts'
import type { QueueOperation } from '../operation.ts'
import type { Session } from '../session.ts'

/** Deletes one request, locked or not (6.5). */
export const deleteRequest: QueueOperation<RequestAsk & ClientAsk, void> = {
  needs: ({ requestId }) => ({ ids: [requestId] }),

  perform(session, { requestId, client }) {
    if (!deleteIfPresent(session, requestId)) return { refused: 'requestNotFound' }
    session.queue.touchedBy(client, session.now)
    return undefined
  },
}

/** Whether it was there. */
export function deleteIfPresent(session: Session, requestId: string): boolean {
  const state = session.state(requestId)
  if (state === null) return false
  session.delete(requestId)
  session.queue.count(remove(state))
  session.queue.deleteCount++
  session.queue.modified(session.now)
  return true
}
