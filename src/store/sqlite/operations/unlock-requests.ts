import { isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import { comparePlaces, type Place, placeAllAt } from '../../../domain/order.ts'
import type { QueueState } from '../../queue-state.ts'
import type { UnlockRequests } from '../../store.ts'
import type { Session } from '../session.ts'

interface HeldRow {
  number: number
  available_before: number
  sequence: number
}

/** Releases every live lock of the client key and of the run (5.4), in the order they had (3.5). */
export function unlockRequests(session: Session, ask: UnlockRequests): { unlockedCount: number } | Refusal {
  const queue = session.queue(ask)
  if (isRefusal(queue)) return queue
  const held = heldRows(session, queue, ask)
  const places = placeAllAt(
    held.map((row) => row.place),
    session.now,
    queue.nextTicket,
  )
  for (const [index, { number }] of held.entries()) {
    const place = places[index]!
    session
      .statement(`
        UPDATE requests SET
          available_at = ?, sequence = ?, available_before = NULL,
          locked_by = NULL, locked_run = NULL, lock_expires_at = NULL
        WHERE number = ?`)
      .run(place.availableAt, place.sequence, number)
  }
  if (held.length > 0) queue.modified(session.now)
  queue.touchedBy(ask.client, session.now)
  return { unlockedCount: held.length }
}

function heldRows(
  session: Session,
  queue: QueueState,
  ask: UnlockRequests,
): { number: number; place: Place }[] {
  const rows = new Map<number, Place>()
  const gather = (column: 'locked_by' | 'locked_run', value: string) => {
    const found = session
      .statement(`
        SELECT number, available_before, sequence FROM requests
        WHERE queue_number = ? AND ${column} = ? AND lock_expires_at > ?`)
      .all(queue.number, value, session.now) as unknown as HeldRow[]
    for (const row of found) {
      rows.set(row.number, { availableAt: row.available_before, sequence: row.sequence })
    }
  }
  if (ask.hasClientKey) gather('locked_by', ask.client.clientKey)
  if (ask.client.runId !== null) gather('locked_run', ask.client.runId)
  return [...rows]
    .map(([number, place]) => ({ number, place }))
    .sort((a, b) => comparePlaces(a.place, b.place))
}
