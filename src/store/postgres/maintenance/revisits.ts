/** What verify and repair know of handled requests that become pending again (13.9). */
import type { Client } from 'pg'

const isWrong = 'queue_id = $1 AND revisit_at IS NOT NULL AND available_at IS NOT NULL'
const earliest = '(SELECT min(revisit_at) FROM requests WHERE queue_id = $1 AND revisit_at IS NOT NULL)'
/** Nothing would look for its requests in time. */
const isLate = `queue_id = $1 AND (${earliest} < revisit_at OR ${earliest} IS NOT NULL AND revisit_at IS NULL)`

export async function checkRevisits(
  client: Client,
  queueId: string,
  note: (problem: string, what: string) => void,
): Promise<void> {
  const wrong = await client.query<{ id: string }>(`SELECT id FROM requests WHERE ${isWrong}`, [queueId])
  for (const { id } of wrong.rows) note('a request that is not handled waits for a revisit', id)
  const { rows } = await client.query(`SELECT FROM queues WHERE ${isLate}`, [queueId])
  if (rows.length > 0) note('the next revisit of a queue is not set right', queueId)
}

/** Returns what was changed, for people. */
export async function repairRevisits(client: Client, queueId: string, name: string): Promise<string[]> {
  const requests = await client.query(`UPDATE requests SET revisit_at = NULL WHERE ${isWrong}`, [queueId])
  const queues = await client.query(`UPDATE queues SET revisit_at = ${earliest} WHERE ${isLate}`, [queueId])
  const changes: string[] = []
  if (requests.rowCount! > 0) changes.push(`queue ${name}: ${requests.rowCount} requests wait for no revisit`)
  if (queues.rowCount! > 0) changes.push(`queue ${name}: the next revisit set right`)
  return changes
}
