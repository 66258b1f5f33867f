import type { RequestState } from '../../../domain/request.ts'
import type { QueueState } from '../../queue-state.ts'
import { type StateRow, stateAssignments, stateColumns, stateValues } from '../../rows.ts'
import type { Session } from '../session.ts'

interface NumberedStateRow extends StateRow {
  number: number
}

// Put together once: a text made for each call would have to be compared to be found among the prepared ones.
const selectState = `SELECT number, ${stateColumns} FROM requests WHERE queue_number = ? AND id = ?`
const updateState = `UPDATE requests SET ${stateAssignments} WHERE number = ?`

/** What the rules look at, of one request; undefined when it is not there. */
export function findState(
  session: Session,
  queue: QueueState,
  requestId: string,
): NumberedStateRow | undefined {
  return session.statement(selectState).get(queue.number, requestId) as NumberedStateRow | undefined
}

/** Stores what the rules decided, of one request. */
export function storeState(session: Session, number: number, state: RequestState): void {
  session.statement(updateState).run(...stateValues(state), number)
}
