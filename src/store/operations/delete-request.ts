import { remove } from '../../domain/lifecycle.ts'
import type { ClientParams } from '../params/clients.ts'
import type { RequestParams } from '../params/requests.ts'
import { noteChange } from './note-change.ts'
import type { QueueOperation } from './operation.ts'
import type { QueueSession } from './queue-session.ts'

/** Deletes one request, locked or not (6.5). */
export const deleteRequest: QueueOperation<RequestParams & ClientParams, void> = {
  right: 'write',
  reads: ({ requestId }) => ({ ids: [requestId] }),

  perform(session, { requestId, client }) {
    if (!deleteIfPresent(session, requestId)) return { refused: 'requestNotFound' }
    session.queue.recordClient(client, session.now)
    return undefined
  },
}

/** Returns whether the request existed. */
export function deleteIfPresent(session: QueueSession, requestId: string): boolean {
  const state = session.state(requestId)
  if (state === null) return false
  session.remove(requestId)
  noteChange(session, state, remove(state))
  session.queue.deleteCount++
  return true
}
