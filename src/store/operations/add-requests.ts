import type { Author } from '../../domain/history/history.ts'
import { add, type Change } from '../../domain/lifecycle.ts'
import type { Side } from '../../domain/order.ts'
import { type RequestContent, storedBytes } from '../../domain/request.ts'
import type { AddedRequest, AddRequests } from '../params/requests.ts'
import { inGroup } from './hand-out/in-group.ts'
import { historyOf } from './history-of.ts'
import { noteChange } from './note-change.ts'
import type { QueueOperation } from './operation.ts'
import { keepGroups } from './policy/build.ts'
import type { QueueSession } from './queue-session.ts'
import { withRevisit } from './revisit/with-revisit.ts'

/** Adds the requests that do not exist yet, in the order given (2.3, 2.7, 3.1, 3.2). */
export const addRequests: QueueOperation<AddRequests, AddedRequest[]> = {
  right: 'write',
  reads: ({ requests }) => ({ ids: requests.map(({ id }) => id), contents: requests }),

  bytes: ({ requests }) => requests.reduce((sum, content) => sum + storedBytes(content), 0),

  perform(session, { requests, side, client }) {
    const results = requests.map((content) => addIfAbsent(session, content, side, client))
    session.queue.recordClient(client, session.now)
    return results
  },
}

/** Adds one request unless it exists. The answer says which happened. */
export function addIfAbsent(
  session: QueueSession,
  content: RequestContent,
  side: Side,
  author: Author,
): AddedRequest {
  const { queue, now } = session
  const { id: requestId, uniqueKey } = content
  if (content.wishes?.priority !== undefined && session.state(requestId) === null) keepGroups(session)
  const added = add(content, side, queue.moment(now))
  const change = changeOf(session, content, added)
  const history = historyOf(session, null, change.state, author)
  const existing = session.addIfAbsent(content, change.state, history)
  if (existing !== null) {
    return { requestId, uniqueKey, wasAlreadyPresent: true, wasAlreadyHandled: existing.handledAt !== null }
  }
  noteChange(session, null, change)
  queue.writeCount++
  return { requestId, uniqueKey, wasAlreadyPresent: false, wasAlreadyHandled: false }
}

function changeOf(session: QueueSession, content: RequestContent, added: Change): Change {
  if (added.state.handledAt !== null) return { ...added, state: withRevisit(session, content, added.state) }
  const { queue } = session
  return queue.grouping === null ? added : { ...added, state: inGroup(queue, content, added.state) }
}
