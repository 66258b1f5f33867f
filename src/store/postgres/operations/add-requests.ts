import { add } from '../../../domain/lifecycle.ts'
import type { Side } from '../../../domain/order.ts'
import { type RequestContent, storedBytes } from '../../../domain/request.ts'
import type { AddedRequest, AddRequests } from '../../store.ts'
import type { QueueOperation } from '../operation.ts'
import type { Session } from '../session.ts'

/** Adds what is not there, in the order given (2.3, 2.7, 3.1, 3.2). */
export const addRequests: QueueOperation<AddRequests, AddedRequest[]> = {
  needs: ({ requests }) => ({ ids: requests.map(({ id }) => id) }),

  bytes: ({ requests }) => requests.reduce((sum, content) => sum + storedBytes(content), 0),

  perform(session, ask) {
    const results = ask.requests.map((content) => addIfAbsent(session, content, ask.side))
    session.queue.touchedBy(ask.client, session.now)
    return results
  },
}

export function addIfAbsent(session: Session, content: RequestContent, side: Side): AddedRequest {
  const { queue, now } = session
  const { id, uniqueKey } = content
  const there = session.state(id)
  if (there !== null) {
    const wasAlreadyHandled = there.handledAt !== null
    return { requestId: id, uniqueKey, wasAlreadyPresent: true, wasAlreadyHandled }
  }
  const { state, counts } = add(content, side, queue.moment(now))
  session.add(content, state)
  queue.count(counts)
  queue.writeCount++
  queue.modified(now)
  return { requestId: id, uniqueKey, wasAlreadyPresent: false, wasAlreadyHandled: false }
}
