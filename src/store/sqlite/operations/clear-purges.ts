import { countThatFits } from '../../steps/steps.ts'
import type { Session } from '../session/session.ts'

/** So much of deleted queues goes in one transaction: so little that nobody waits for it (7.9). */
const stepSize = { requests: 400, bytes: 8_000_000 }
/** So many deleted queues do: most unnamed ones that expire are empty. */
const queuesPerStepMax = 200

/** Clears away one step of what deleted queues left behind. Whether there may be more. */
export function clearPurges(session: Session): boolean {
  let requestsLeft = stepSize.requests
  let bytesLeft = stepSize.bytes
  const purges = session.statement('SELECT queue_number FROM purges LIMIT ?').all(queuesPerStepMax)
  for (const { queue_number } of purges) {
    const found = session
      .statement(`
        SELECT number, bytes FROM requests INDEXED BY requests_by_id WHERE queue_number = ? LIMIT ?`)
      .all(queue_number!, requestsLeft) as unknown as { number: number; bytes: number }[]
    const fitting = found.slice(0, countThatFits(found, { requests: requestsLeft, bytes: bytesLeft }))
    for (const { number, bytes } of fitting) {
      session.statement('DELETE FROM requests WHERE number = ?').run(number)
      bytesLeft -= bytes
    }
    requestsLeft -= fitting.length
    if (requestsLeft <= 0 || bytesLeft <= 0 || fitting.length < found.length) return true
    session.statement('DELETE FROM purges WHERE queue_number = ?').run(queue_number!)
  }
  return purges.length > 0
}
