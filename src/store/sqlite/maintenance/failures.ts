/** What verify and repair know of requests that failed (14.4). Lists and counts of failures go by an index of them. */
import type { DatabaseSync } from 'node:sqlite'
import type { Findings } from '../../maintenance/invariants.ts'

const isWrong = 'failure IS NOT NULL AND handled_at IS NULL'

export function checkFailures(db: DatabaseSync, findings: Findings): void {
  for (const { id } of db.prepare(`SELECT id FROM requests WHERE ${isWrong}`).iterate()) {
    findings.add('a request that is not handled counts as failed', String(id))
  }
}

/** Returns what was changed, for people. */
export function repairFailures(db: DatabaseSync): string[] {
  const { changes } = db.prepare(`UPDATE requests SET failure = NULL WHERE ${isWrong}`).run()
  return Number(changes) > 0 ? [`${changes} requests that are not handled: they count as failed no more`] : []
}
