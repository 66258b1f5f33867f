import { requestIdOf } from '../../../domain/identity.ts'
import { requestInvariants } from '../../invariants.ts'
import type { Session } from '../session.ts'

/**
 * The invariants of the file, each as a query for what breaks it; the list of findings is empty when all is well.
 * The tests run it after everything they do.
 */
const invariants: readonly { finding: string; sql: string; takesNow?: true }[] = [
  ...requestInvariants,
  {
    finding: 'counts of the queue differ from its requests',
    sql: `
      SELECT queues.id FROM queues LEFT JOIN (
        SELECT queue_number, count(*) AS total, count(handled_at) AS handled, sum(bytes) AS bytes,
          max(abs(sequence)) AS ticket
        FROM requests GROUP BY queue_number
      ) AS there ON there.queue_number = queues.number
      WHERE queues.total_count <> coalesce(there.total, 0)
        OR queues.handled_count <> coalesce(there.handled, 0)
        OR queues.storage_bytes <> coalesce(there.bytes, 0)
        OR queues.last_ticket < coalesce(there.ticket, 0)`,
  },
  {
    finding: 'the place of a request does not follow from its lock',
    takesNow: true,
    sql: `
      SELECT id FROM requests WHERE available_at IS NOT NULL AND CASE
        WHEN lock_expires_at > ?1 THEN abs(available_at) <> lock_expires_at
        ELSE abs(available_at) > ?1 END`,
  },
  {
    finding: 'two requests share a place',
    sql: `
      SELECT id FROM requests WHERE sequence IS NOT NULL
      GROUP BY queue_number, sequence HAVING count(*) > 1`,
  },
  {
    finding: 'a request belongs to no queue',
    sql: `
      SELECT id FROM requests WHERE queue_number NOT IN (SELECT number FROM queues)
        AND queue_number NOT IN (SELECT queue_number FROM purges)`,
  },
]

const findingsMax = 20

/** Walks the whole file: for tests, not for a busy server. No command and no call of the API leads here. */
export function check(session: Session): string[] {
  session.save()
  const findings: string[] = []
  for (const { finding, sql, takesNow } of invariants) {
    const statement = session.statement(`${sql} LIMIT ${findingsMax}`)
    const rows = takesNow ? statement.all(session.now) : statement.all()
    for (const row of rows) findings.push(`${finding}: ${row['id']}`)
  }
  for (const row of session.statement('SELECT id, unique_key FROM requests').iterate()) {
    if (row['id'] !== requestIdOf(row['unique_key'] as string)) {
      findings.push(`the ID of a request does not correspond to its unique key: ${row['id']}`)
    }
    if (findings.length >= findingsMax) break
  }
  const integrity = session
    .statement('PRAGMA integrity_check')
    .all()
    .map((row) => row['integrity_check'])
  if (integrity.length !== 1 || integrity[0] !== 'ok') findings.push(`SQLite: ${integrity.join('; ')}`)
  return findings
}
