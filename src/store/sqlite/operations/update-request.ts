import { isRefusal, type Refusal, update } from '../../../domain/lifecycle.ts'
import { stateAssignments, stateOf, stateValues } from '../../rows.ts'
import type { UpdatedRequest, UpdateRequest } from '../../store.ts'
import type { Session } from '../session.ts'
import { addIfAbsent } from './add-requests.ts'
import { findState } from './find-state.ts'

const replace = `
  UPDATE requests SET ${stateAssignments},
    retry_count = ?, method = ?, unique_key = ?, url = ?, other_fields = ?
  WHERE number = ?`

/** Replaces the stored request, or adds it (6.1 to 6.4, 6.8). */
export function updateRequest(session: Session, ask: UpdateRequest): UpdatedRequest | Refusal {
  const queue = session.queue(ask)
  if (isRefusal(queue)) return queue
  const { request } = ask
  queue.touchedBy(ask.client, session.now)
  const row = findState(session, queue, request.id)
  if (row === undefined) {
    const { requestId, wasAlreadyPresent, wasAlreadyHandled } = addIfAbsent(session, queue, request, ask.side)
    return { requestId, wasAlreadyPresent, wasAlreadyHandled }
  }

  const before = stateOf(row)
  const { state, counts } = update(before, request, ask.client, ask.side, queue.moment(session.now))
  session
    .statement(replace)
    .run(
      ...stateValues(state),
      request.retryCount,
      request.method,
      request.uniqueKey,
      request.url,
      request.otherFields,
      row.number,
    )
  queue.count(counts)
  queue.writeCount++
  queue.modified(session.now)
  return { requestId: request.id, wasAlreadyPresent: true, wasAlreadyHandled: before.handledAt !== null }
}
