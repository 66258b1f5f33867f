import { revisited } from '../../../domain/policy/revisited.ts'
import type { RequestContent, RequestState } from '../../../domain/request.ts'
import { historyOf } from '../history-of.ts'
import { noteChange } from '../note-change.ts'
import { gathered } from '../policy/gather.ts'
import type { QueueSession } from '../queue-session.ts'
import { withRevisit } from './with-revisit.ts'

/** How many requests one step makes pending. It takes some 10 ms, and other calls wait for it. */
const stepSize = 200

const byRevisit = { clientKey: null, cause: 'revisit' } as const

/** Whether a handled request of the queue may have to become pending now. */
export function mayHaveDueRevisits({ queue, now }: Pick<QueueSession, 'queue' | 'now'>): boolean {
  return queue.revisitAt !== null && queue.revisitAt <= now
}

/** Makes the next handled requests pending whose moment has come (13.9). One step; the queue says when the next is due. */
export function revisitDue(session: QueueSession): void {
  if (!mayHaveDueRevisits(session)) return
  const { queue, now } = session
  const { requests, nextAt } = session.toRevisit(stepSize)
  let next = nextAt
  for (const { content, state } of requests) {
    // The policy may have changed, and not all requests may follow it yet.
    const { revisitAt } = withRevisit(session, content, state)
    if (revisitAt !== null && revisitAt <= now) {
      makePending(session, content, state)
      continue
    }
    session.move(content.id, { ...state, revisitAt })
    if (revisitAt !== null && (next === null || revisitAt < next)) next = revisitAt
  }
  queue.setGroups({ revisitAt: next })
  session.saveGroups()
}

function makePending(session: QueueSession, content: RequestContent, state: RequestState): void {
  const { queue, now } = session
  const change = revisited(state, queue.moment(now))
  if (queue.grouping === null) {
    session.move(content.id, change.state, historyOf(session, state, change.state, byRevisit))
    noteChange(session, state, change)
    return
  }
  const pending = { ...content, handledAt: null }
  const inGroup = { ...change, state: gathered(queue, pending, change.state) }
  session.replace(pending, inGroup.state, historyOf(session, state, inGroup.state, byRevisit))
  noteChange(session, state, inGroup)
}
