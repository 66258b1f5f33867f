import type { RequestState } from '../../../domain/request.ts'
import type { QueueState } from '../queue-cache.ts'
import { type StateRow, stateAssignments, stateColumns, stateValues } from '../rows.ts'
import type { Session } from '../session.ts'

/** What the rules look at, of one request; undefined when it is not there. */
export function findState(session: Session, queue: QueueState, requestId: string): StateRow | undefined {
  return session
    .statement(`SELECT ${stateColumns} FROM requests WHERE queue_number = ? AND id = ?`)
    .get(queue.number, requestId) as StateRow | undefined
}

/** Stores what the rules decided, of one request. */
export function storeState(session: Session, number: number, state: RequestState): void {
  session
    .statement(`UPDATE requests SET ${stateAssignments} WHERE number = ?`)
    .run(...stateValues(state), number)
}
