/** What verify and repair know of handled requests that become pending again (13.9). */
import type { DatabaseSync } from 'node:sqlite'
import type { Findings } from '../../maintenance/invariants.ts'

const isWrong = 'revisit_at IS NOT NULL AND handled_at IS NULL'
const earliest = `(
  SELECT revisit_at FROM requests INDEXED BY requests_to_revisit
  WHERE queue_number = queues.number AND revisit_at IS NOT NULL ORDER BY revisit_at LIMIT 1)`
/** Nothing would look for its requests in time. */
const isLate = `(${earliest} < queues.revisit_at OR ${earliest} IS NOT NULL AND queues.revisit_at IS NULL)`

export function checkRevisits(db: DatabaseSync, findings: Findings): void {
  for (const { id } of db.prepare(`SELECT id FROM requests WHERE ${isWrong}`).iterate()) {
    findings.add('a request that is not handled waits for a revisit', String(id))
  }
  for (const { id } of db.prepare(`SELECT id FROM queues WHERE ${isLate}`).iterate()) {
    findings.add('the next revisit of a queue is not set right', String(id))
  }
}

/** Returns what was changed, for people. */
export function repairRevisits(db: DatabaseSync): string[] {
  const requests = Number(db.prepare(`UPDATE requests SET revisit_at = NULL WHERE ${isWrong}`).run().changes)
  const queues = Number(
    db.prepare(`UPDATE queues SET revisit_at = ${earliest} WHERE ${isLate}`).run().changes,
  )
  return [
    ...(requests > 0 ? [`${requests} requests that are not handled: they wait for no revisit`] : []),
    ...(queues > 0 ? [`${queues} queues: the next revisit set right`] : []),
  ]
}
