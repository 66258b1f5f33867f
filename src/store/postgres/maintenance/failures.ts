/** What verify and repair know of requests that failed (14.4). Lists and counts of failures go by an index of them. */
import type { Client } from 'pg'

const isWrong = 'queue_id = $1 AND failure IS NOT NULL AND available_at IS NOT NULL'

export async function checkFailures(
  client: Client,
  queueId: string,
  note: (problem: string, what: string) => void,
): Promise<void> {
  const { rows } = await client.query<{ id: string }>(`SELECT id FROM requests WHERE ${isWrong}`, [queueId])
  for (const { id } of rows) note('a request that is not handled counts as failed', id)
}

/** Returns what was changed, for people. */
export async function repairFailures(client: Client, queueId: string, name: string): Promise<string[]> {
  const { rowCount } = await client.query(`UPDATE requests SET failure = NULL WHERE ${isWrong}`, [queueId])
  return rowCount! > 0
    ? [`queue ${name}: ${rowCount} requests that are not handled count as failed no more`]
    : []
}
