import { type Change, type Client, isHolder, update } from '../../domain/lifecycle.ts'
import type { Side } from '../../domain/order.ts'
import type { GroupEvent } from '../../domain/policy/group-events.ts'
import {
  type Lock,
  liveLock,
  type RequestContent,
  type RequestState,
  storedBytes,
} from '../../domain/request.ts'
import type { Millis } from '../../domain/time.ts'
import type { UpdatedRequest, UpdateRequest } from '../params/requests.ts'
import { addIfAbsent } from './add-requests.ts'
import { inGroupAgain } from './hand-out/in-group.ts'
import { historyOf } from './history-of.ts'
import { noteChange } from './note-change.ts'
import type { QueueOperation } from './operation.ts'
import { keepGroups } from './policy/build.ts'
import type { QueueSession } from './queue-session.ts'
import { withRevisit } from './revisit/with-revisit.ts'

/** Replaces the stored request, or adds it (6.1 to 6.4, 6.8, 13.9). */
export const updateRequest: QueueOperation<UpdateRequest, UpdatedRequest> = {
  right: 'write',
  reads: ({ request }) => ({ ids: [request.id], contents: [request] }),

  bytes: ({ request }) => storedBytes(request),

  perform(session, { request, client, side }) {
    const { queue, now } = session
    queue.recordClient(client, now)
    if (request.wishes?.priority !== undefined) keepGroups(session)
    const before = session.state(request.id)
    if (before === null) {
      const { requestId, wasAlreadyPresent, wasAlreadyHandled } = addIfAbsent(session, request, side, client)
      return { requestId, wasAlreadyPresent, wasAlreadyHandled }
    }
    const change = changeOf(session, before, request, client, side)
    session.replace(request, change.state, historyOf(session, before, change.state, client))
    noteChange(session, before, change, { lockGone: 'ended', pace: paceOf(before, change.state, now) })
    if (before.lock !== null) noteWork(session, before.lock, change, client)
    queue.writeCount++
    return { requestId: request.id, wasAlreadyPresent: true, wasAlreadyHandled: before.handledAt !== null }
  },
}

/** Notes what the update says of the client that got the request (14.2), which may be another one. */
function noteWork({ queue, now }: QueueSession, lock: Lock, { counts }: Change, client: Client): void {
  if (counts.handled > 0) queue.tally.clients.handled(lock)
  if (isHolder(lock, client)) queue.tally.seen(client, now)
}

function changeOf(
  session: QueueSession,
  before: RequestState,
  content: RequestContent,
  client: Client,
  side: Side,
): Change {
  const { queue, now } = session
  const change = update(before, content, client, side, queue.moment(now), queue.policy.retry)
  if (change.state.handledAt !== null)
    return { ...change, state: withRevisit(session, content, change.state) }
  if (queue.grouping === null) return change
  return { ...change, state: inGroupAgain(queue, before, content, change.state, now) }
}

/** What the update tells of the site (13.7). It tells nothing while another client works on the request. */
function paceOf(before: RequestState, after: RequestState, now: Millis): GroupEvent['pace'] {
  if (before.handledAt !== null) return null
  if (after.handledAt !== null) return 'faster'
  return after.retryCount > before.retryCount && liveLock(after, now) === null ? 'slower' : null
}
