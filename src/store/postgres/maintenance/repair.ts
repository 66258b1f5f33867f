import type { Client } from 'pg'
import type { Millis } from '../../../domain/time.ts'
import type { Building } from '../../building.ts'
import { valuesAt } from '../../columns/column.ts'
import { type StateRow, stateNames } from '../../columns/requests.ts'
import { QueueTally, repairedRow, withSequence } from '../../maintenance/invariants.ts'
import { toStored } from '../columns.ts'
import type { PostgresQueueRow } from '../rows.ts'
import { selectLostNames } from './across-queues.ts'
import { checkedRows, duplicateRanks, queueAt, storedCountsOf } from './checked-queue.ts'
import { repairFailures } from './failures.ts'
import { rebuildGroups, repairRanks, ungrouped, wrongGroups } from './rebuild-groups.ts'
import { repairRevisits } from './revisits.ts'

const updateState = `
  UPDATE requests SET ${stateNames.map((name, index) => `${name} = $${index + 3}`).join(', ')}
  WHERE queue_id = $1 AND id = $2`

/**
 * Recomputes the counts of a queue from its requests, and of each request what follows from its other
 * columns. It is one transaction with the queue locked. Servers may be running, and their calls on this queue
 * wait meanwhile.
 *
 * @returns what was changed, for people
 */
export async function repairQueue(client: Client, queueId: string, wall: Millis | null): Promise<string[]> {
  return transaction(client, async () => {
    // Locks the queue by a write, because in a cluster a move of the queue's shard waits only for writes
    // (transaction.ts).
    await client.query('UPDATE queues SET shown_at = shown_at WHERE queue_id = $1', [queueId])
    const found = await queueAt(client, queueId, wall)
    if (found === null) return []
    const { queue, time } = found
    let lastSequence = queue.last_ticket
    for await (const { sequence } of checkedRows(client, queueId)) {
      lastSequence = Math.max(lastSequence, Math.abs(sequence ?? 0))
    }
    const nextSequence = () => ++lastSequence
    const write = (id: string, row: StateRow) =>
      client.query(updateState, [queueId, id, ...valuesAt(stateNames, row).map(toStored)])

    let repaired = 0
    for await (const row of checkedRows(client, queueId)) {
      const next = repairedRow(row, time, nextSequence)
      if (next === null) continue
      await write(row.id, next)
      repaired++
    }
    const duplicates = new Set((await duplicateRanks(client, queueId)).map(({ id }) => id))
    const tally = new QueueTally()
    for await (const row of checkedRows(client, queueId)) {
      const next = duplicates.has(row.id) ? withSequence(row, nextSequence()) : row
      if (next !== row) await write(row.id, next)
      tally.add(next)
    }
    await client.query(
      `UPDATE queues SET total_count = $2, handled_count = $3, storage_bytes = $4, last_ticket = $5,
         head_from_at = 0, head_from_sequence = 0
       WHERE queue_id = $1`,
      [queueId, tally.total, tally.handled, tally.bytes, lastSequence],
    )
    if (repaired + duplicates.size > 0) {
      await client.query(
        `UPDATE queues SET modified_at = $2, accessed_at = greatest(accessed_at, $2), shown_at = greatest(shown_at, $2)
         WHERE queue_id = $1`,
        [queueId, time.now],
      )
    }

    const name = queue.name ?? queueId
    const changes: string[] = []
    if (queue.grouping !== null) changes.push(...(await repairGroups(client, queue, time.now, name)))
    changes.push(...(await repairRevisits(client, queueId, name)))
    changes.push(...(await repairFailures(client, queueId, name)))
    if (repaired > 0) changes.push(`queue ${name}: order number and lock of ${repaired} requests set right`)
    if (duplicates.size > 0) changes.push(`queue ${name}: a rank of its own for ${duplicates.size} requests`)
    const stored = storedCountsOf(queue)
    if (!tally.agreesWith(stored)) changes.push(`queue ${name}: ${tally.differenceTo(stored)}`)
    return changes.length > 0 ? changes : [`queue ${name}: searches for the head begin at its start`]
  })
}

/**
 * Counts the requests and locks of each group anew, and has the next head/lock look at it. Requests without a group
 * get one by a step that servers do, because it follows from their URL.
 */
async function repairGroups(
  client: Client,
  { queue_id, building }: PostgresQueueRow,
  now: Millis,
  name: string,
): Promise<string[]> {
  const changes: string[] = []
  const ranks = await repairRanks(client, queue_id)
  if (ranks > 0) changes.push(`queue ${name}: the rank of ${ranks} requests in their groups set right`)
  const wrong = await wrongGroups(client, queue_id, now)
  if (wrong.length > 0) changes.push(`queue ${name}: ${wrong.length} groups counted anew`)
  await rebuildGroups(client, queue_id, now)
  const without = building === null ? await ungrouped(client, queue_id) : []
  if (without.length > 0) {
    const next: Building = { phase: 'gather', cursor: '', done: 0, total: without.length }
    await client.query('UPDATE queues SET building = $2 WHERE queue_id = $1', [
      queue_id,
      JSON.stringify(next),
    ])
    changes.push(`queue ${name}: servers find the group of ${without.length} requests`)
  }
  return changes
}

/**
 * Rebuilds the table of names from the queues. Removes purges of queues that exist.
 *
 * @returns what was changed, for people
 */
export async function repairNames(client: Client): Promise<string[]> {
  return transaction(client, async () => {
    // Every transaction that creates or renames a queue writes to this table first. So none of them is half
    // done now.
    await client.query('LOCK TABLE queue_names IN SHARE ROW EXCLUSIVE MODE')
    const given = await client.query<{ name_folded: string }>(`
      WITH lost AS MATERIALIZED (${selectLostNames})
      DELETE FROM queue_names USING lost
      WHERE queue_names.owner_id = lost.owner_id AND queue_names.name_folded = lost.name_folded
      RETURNING queue_names.name_folded`)
    const taken = await client.query<{ name_folded: string }>(`
      INSERT INTO queue_names (owner_id, name_folded, queue_id)
      SELECT owner_id, lower(name), queue_id FROM queues WHERE name IS NOT NULL
      ON CONFLICT DO NOTHING RETURNING name_folded`)
    const kept = await client.query<{ queue_id: string }>(
      'DELETE FROM purges USING queues WHERE queues.queue_id = purges.queue_id RETURNING purges.queue_id',
    )
    return [
      ...given.rows.map(({ name_folded }) => `name ${name_folded}: it belonged to no queue, and is free`),
      ...taken.rows.map(({ name_folded }) => `queue ${name_folded}: can be found by its name`),
      ...kept.rows.map(({ queue_id }) => `queue ${queue_id}: not to be deleted any more`),
    ]
  })
}

async function transaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN')
  try {
    const result = await work()
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}
