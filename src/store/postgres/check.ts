import { requestIdOf } from '../../domain/identity.ts'
import { requestInvariants } from '../invariants.ts'
import { type PostgresClock, wallOf } from './clock.ts'
import type { Database } from './database.ts'
import { fromText } from './text.ts'

/** The invariants of the tables, each as a query for what breaks it. */
const invariants: readonly { finding: string; sql: string; takesWall?: true }[] = [
  ...requestInvariants,
  {
    finding: 'counts of the queue differ from its requests',
    sql: `
      SELECT queues.queue_id AS id FROM queues LEFT JOIN (
        SELECT queue_id, count(*) AS total, count(handled_at) AS handled, sum(bytes) AS bytes,
          max(abs(sequence)) AS ticket, count(locked_by) AS held
        FROM requests GROUP BY queue_id
      ) AS there ON there.queue_id = queues.queue_id
      WHERE queues.total_count <> coalesce(there.total, 0)
        OR queues.handled_count <> coalesce(there.handled, 0)
        OR queues.storage_bytes <> coalesce(there.bytes, 0)
        OR queues.last_ticket < coalesce(there.ticket, 0)
        OR queues.held_count <> coalesce(there.held, 0)`,
  },
  {
    finding: 'a request has a place before the one where searches for the head begin',
    sql: `
      SELECT requests.id FROM requests JOIN queues ON queues.queue_id = requests.queue_id
      WHERE available_at > 0 AND (available_at, sequence) < (head_from_at, head_from_sequence)`,
  },
  {
    finding: 'the place of a request does not follow from its lock',
    takesWall: true,
    sql: `
      SELECT requests.id FROM requests JOIN queues ON queues.queue_id = requests.queue_id
      WHERE available_at IS NOT NULL AND CASE
        WHEN lock_expires_at > queues.shown_at THEN abs(available_at) <> lock_expires_at
        ELSE abs(available_at) > greatest(queues.shown_at, ${wallOf('$1')} + queues.clock_lead) END`,
  },
  {
    finding: 'two requests share a place',
    sql: `
      SELECT min(id) AS id FROM requests WHERE sequence IS NOT NULL
      GROUP BY queue_id, sequence HAVING count(*) > 1`,
  },
  {
    finding: 'a request belongs to no queue',
    sql: `
      SELECT id FROM requests WHERE queue_id NOT IN (SELECT queue_id FROM queues)
        AND queue_id NOT IN (SELECT queue_id FROM purges)`,
  },
  {
    finding: 'a name belongs to no queue of that name',
    sql: `
      SELECT name_folded AS id FROM queue_names LEFT JOIN queues ON queues.queue_id = queue_names.queue_id
      WHERE queues.name IS NULL OR lower(queues.name) <> name_folded OR queues.owner_id <> queue_names.owner_id`,
  },
  {
    finding: 'a queue has a name that is not its own',
    sql: `
      SELECT queues.queue_id AS id FROM queues
      WHERE name IS NOT NULL AND NOT EXISTS (
        SELECT FROM queue_names WHERE queue_names.queue_id = queues.queue_id AND name_folded = lower(queues.name))`,
  },
]

const findingsMax = 20
const idsPerStep = 10_000

/** Walks everything, without limits of time: for tests and for `verify`, not for a busy server. */
export async function check(database: Database, clock: PostgresClock): Promise<string[]> {
  return database.useUnhurried(async (client) => {
    const findings: string[] = []
    for (const { finding, sql, takesWall } of invariants) {
      const { rows } = await client.query(`${sql} LIMIT ${findingsMax}`, takesWall ? [clock.wallValue] : [])
      for (const { id } of rows) findings.push(`${finding}: ${id}`)
    }
    let after = ['', '']
    for (;;) {
      const { rows } = await client.query<{ queue_id: string; id: string; unique_key: string }>(
        `SELECT queue_id, id, unique_key FROM requests WHERE (queue_id, id) > ($1, $2)
         ORDER BY queue_id, id LIMIT ${idsPerStep}`,
        after,
      )
      for (const { id, unique_key } of rows) {
        if (id !== requestIdOf(fromText(unique_key))) {
          findings.push(`the ID of a request does not correspond to its unique key: ${id}`)
        }
      }
      const last = rows.at(-1)
      if (last === undefined || findings.length >= findingsMax) return findings
      after = [last.queue_id, last.id]
    }
  })
}
