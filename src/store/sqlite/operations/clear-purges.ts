import type { Session } from '../session.ts'

/** So many rows of a deleted queue go in one transaction: few enough that nobody waits for it (7.9). */
const rowsPerStepMax = 400

/** Clears away one step of what deleted queues left behind. Whether there may be more. */
export function clearPurges(session: Session): boolean {
  const purge = session.statement('SELECT queue_number FROM purges LIMIT 1').get()
  if (purge === undefined) return false
  const queueNumber = purge['queue_number'] as number
  const { changes } = session
    .statement(`
      DELETE FROM requests WHERE number IN (
        SELECT number FROM requests INDEXED BY requests_by_id WHERE queue_number = ? LIMIT ?)`)
    .run(queueNumber, rowsPerStepMax)
  if (Number(changes) < rowsPerStepMax) {
    session.statement('DELETE FROM purges WHERE queue_number = ?').run(queueNumber)
  }
  return true
}
