import { comparePlaces, placeAllAt } from '../../../domain/order.ts'
import { type Lock, liveLock, type RequestState } from '../../../domain/request.ts'
import type { UnlockRequests } from '../../store.ts'
import type { QueueOperation } from '../operation.ts'
import type { Session } from '../session.ts'

interface Held {
  readonly id: string
  readonly state: RequestState
  readonly lock: Lock
}

/** Releases every live lock of the client key and of the run (5.4), in the order they had (3.5). */
export const unlockRequests: QueueOperation<UnlockRequests, { unlockedCount: number }> = {
  needs: ({ client, hasClientKey }) => ({
    heldBy: { clientKey: hasClientKey ? client.clientKey : null, runId: client.runId },
  }),

  perform(session, ask) {
    const { queue, now } = session
    const held = heldBy(session, ask)
    const places = placeAllAt(
      held.map(({ lock }) => lock.placeBefore),
      now,
      queue.nextTicket,
    )
    for (const [index, { id, state }] of held.entries()) {
      session.move(id, { ...state, place: places[index]!, lock: null })
    }
    if (held.length > 0) queue.modified(now)
    queue.touchedBy(ask.client, now)
    return { unlockedCount: held.length }
  },
}

/** The transaction knows all of them: those that were there when it began, and those that it locked itself. */
function heldBy(session: Session, { client, hasClientKey }: UnlockRequests): Held[] {
  const held: Held[] = []
  for (const [id, state] of session.known()) {
    const lock = liveLock(state, session.now)
    if (lock === null) continue
    const ofClient = hasClientKey && lock.clientKey === client.clientKey
    const ofRun = client.runId !== null && lock.runId === client.runId
    if (ofClient || ofRun) held.push({ id, state, lock })
  }
  return held.sort((a, b) => comparePlaces(a.lock.placeBefore, b.lock.placeBefore))
}
