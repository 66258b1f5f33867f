import type { Client } from 'pg'
import type { Findings } from '../../maintenance/invariants.ts'

/** Finds names that belong to no queue of that name. */
export const selectLostNames = `
  SELECT queue_names.owner_id, name_folded FROM queue_names
  LEFT JOIN queues ON queues.queue_id = queue_names.queue_id
  WHERE queues.name IS NULL OR lower(queues.name) <> name_folded OR queues.owner_id <> queue_names.owner_id`

/** Checks across tables. Each statement sees one moment. */
export async function checkAcrossQueues(client: Client, findings: Findings): Promise<void> {
  for (const { problem, sql } of acrossQueues) {
    const { rows } = await client.query<{ what: string }>(sql)
    for (const { what } of rows) findings.add(problem, what)
  }
  // Jumps from one queue to the next by the index, instead of reading all requests.
  for (let after = ''; ; ) {
    const { rows } = await client.query<{ queue_id: string; id: string }>(
      'SELECT queue_id, id FROM requests WHERE queue_id > $1 ORDER BY queue_id, id LIMIT 1',
      [after],
    )
    const next = rows[0]
    if (next === undefined) return
    // Checks again, at one moment of one queue: its requests may have been deleted since.
    const astray = await client.query<{ id: string }>(
      `SELECT id FROM requests WHERE queue_id = $1 AND id = $2
         AND NOT EXISTS (SELECT FROM queues WHERE queue_id = $1)
         AND NOT EXISTS (SELECT FROM purges WHERE queue_id = $1)`,
      [next.queue_id, next.id],
    )
    for (const { id } of astray.rows) findings.add('a request belongs to no queue', id)
    after = next.queue_id
  }
}

const acrossQueues: readonly { readonly problem: string; readonly sql: string }[] = [
  {
    problem: 'a name belongs to no queue of that name',
    sql: `SELECT name_folded AS what FROM (${selectLostNames}) AS lost`,
  },
  {
    problem: 'a queue cannot be found by its name',
    sql: `
      SELECT queues.queue_id AS what FROM queues
      WHERE name IS NOT NULL AND NOT EXISTS (
        SELECT FROM queue_names WHERE queue_names.queue_id = queues.queue_id AND name_folded = lower(queues.name))`,
  },
  {
    problem: 'a queue belongs to nobody',
    sql: `
      SELECT queue_id AS what FROM queues
      WHERE NOT EXISTS (SELECT FROM users WHERE users.id = queues.owner_id)`,
  },
  {
    problem: 'a group belongs to no queue',
    sql: `
      SELECT groups.queue_id || ' ' || groups.name AS what FROM groups
      WHERE NOT EXISTS (SELECT FROM queues WHERE queues.queue_id = groups.queue_id)
        AND NOT EXISTS (SELECT FROM purges WHERE purges.queue_id = groups.queue_id)`,
  },
  {
    problem: 'a queue exists and is about to be deleted',
    sql: 'SELECT queue_id AS what FROM queues JOIN purges USING (queue_id)',
  },
]
