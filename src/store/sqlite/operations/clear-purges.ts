import { countThatFits } from '../../steps/steps.ts'
import type { Session } from '../session/session.ts'

/**
 * How much of deleted queues one transaction deletes. It is small enough that no call waits noticeably (7.9).
 */
const stepSize = { requests: 400, bytes: 8_000_000 }
/** How many deleted queues one transaction finishes. Most unnamed queues are empty when they expire. */
const queuesPerStepMax = 200

const deleteGroups = `
  DELETE FROM groups WHERE number IN (
    SELECT number FROM groups INDEXED BY groups_by_name WHERE queue_number = ? LIMIT +?)`

const deleteClients = 'DELETE FROM queue_clients WHERE queue_number = ?'

/** Deletes one step of the requests of deleted queues. Returns whether there may be more. */
export function clearPurges(session: Session): boolean {
  let requestsLeft = stepSize.requests
  let bytesLeft = stepSize.bytes
  const purges = session.statement('SELECT queue_number FROM purges LIMIT +?').all(queuesPerStepMax)
  for (const { queue_number } of purges) {
    // First, because some of its locks may end with them.
    requestsLeft -= session.figures.deleteRowsOf(queue_number as number, requestsLeft)
    if (requestsLeft <= 0) return true
    const found = session
      .statement(`
        SELECT number, bytes FROM requests INDEXED BY requests_by_id WHERE queue_number = ? LIMIT +?`)
      .all(queue_number!, requestsLeft) as unknown as { number: number; bytes: number }[]
    const fitting = found.slice(0, countThatFits(found, { requests: requestsLeft, bytes: bytesLeft }))
    for (const { number, bytes } of fitting) {
      session.statement('DELETE FROM requests WHERE number = ?').run(number)
      bytesLeft -= bytes
    }
    requestsLeft -= fitting.length
    if (requestsLeft <= 0 || bytesLeft <= 0 || fitting.length < found.length) return true
    session.groups.forget(queue_number as number)
    const groups = session.statement(deleteGroups).run(queue_number!, requestsLeft).changes
    requestsLeft -= Number(groups)
    if (requestsLeft <= 0) return true
    // They are few.
    session.statement(deleteClients).run(queue_number!)
    session.statement('DELETE FROM purges WHERE queue_number = ?').run(queue_number!)
  }
  return purges.length > 0
}
