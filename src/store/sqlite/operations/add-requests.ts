import { add, isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import type { Side } from '../../../domain/order.ts'
import type { RequestContent } from '../../../domain/request.ts'
import type { QueueState } from '../../queue-state.ts'
import type { AddedRequest, AddRequests } from '../../store.ts'
import type { Session } from '../session.ts'

/** Adds what is not there, in the order given (2.3, 2.7, 3.1, 3.2). */
export function addRequests(session: Session, ask: AddRequests): AddedRequest[] | Refusal {
  const queue = session.queue(ask)
  if (isRefusal(queue)) return queue
  // Most links of a page are known, or most are new: where the one before was known, the next is looked for first.
  let wasAlreadyPresent = false
  const results = ask.requests.map((content) => {
    const known = wasAlreadyPresent ? findAdded(session, queue, content) : null
    const result = known ?? addIfAbsent(session, queue, content, ask.side)
    wasAlreadyPresent = result.wasAlreadyPresent
    return result
  })
  queue.touchedBy(ask.client, session.now)
  return results
}

const insert = `
  INSERT INTO requests (queue_number, id, handled_at, available_at, sequence, bytes,
    retry_count, method, unique_key, url, other_fields)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (queue_number, id) DO NOTHING`

/** The unique index decides whether the request is there, so that two equal adds cannot both succeed. */
export function addIfAbsent(
  session: Session,
  queue: QueueState,
  content: RequestContent,
  side: Side,
): AddedRequest {
  const { state, counts } = add(content, side, queue.moment(session.now))
  const { changes } = session
    .statement(insert)
    .run(
      queue.number,
      content.id,
      state.handledAt,
      state.place?.availableAt ?? null,
      state.place?.sequence ?? null,
      state.bytes,
      content.retryCount,
      content.method,
      content.uniqueKey,
      content.url,
      content.otherFields,
    )
  if (changes === 0) return findAdded(session, queue, content)!
  queue.count(counts)
  queue.writeCount++
  queue.modified(session.now)
  const { id: requestId, uniqueKey } = content
  return { requestId, uniqueKey, wasAlreadyPresent: false, wasAlreadyHandled: false }
}

/** What an add of this request answers when it is there already; null: it is not. */
function findAdded(
  session: Session,
  queue: QueueState,
  { id, uniqueKey }: RequestContent,
): AddedRequest | null {
  const there = session
    .statement('SELECT handled_at FROM requests WHERE queue_number = ? AND id = ?')
    .get(queue.number, id)
  if (there === undefined) return null
  return {
    requestId: id,
    uniqueKey,
    wasAlreadyPresent: true,
    wasAlreadyHandled: there['handled_at'] !== null,
  }
}
