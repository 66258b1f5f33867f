import type { QueueCounts, RecentQueues } from '../../params/state.ts'
import { ownedBy } from '../../queue-access.ts'
import { shownLocked } from '../../series/series.ts'
import { type PostgresClock, wallOf } from '../clock.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { statement } from '../connection/statement.ts'

interface Row {
  readonly queue_id: string
  readonly name: string
  readonly owner_name: string
  readonly total_count: number
  readonly handled_count: number
  readonly modified_at: number
}

const columns = 'queue_id, name, owner_name, total_count, handled_count, modified_at'
const latestFirst = 'ORDER BY modified_at DESC LIMIT $1'
const selectOfAll = statement(`SELECT ${columns} FROM queues WHERE name IS NOT NULL ${latestFirst}`)
const selectOfUser = statement(
  `SELECT ${columns} FROM queues WHERE name IS NOT NULL AND ${ownedBy('$2')} ${latestFirst}`,
)
/** How many locks end in the seconds that follow (series/figure-columns.ts). */
const selectLocked = statement(`
  SELECT queue_id, sum(ran_out)::bigint AS locked FROM queue_figures
  WHERE queue_id = ANY ($1) AND step_secs = 1 AND at > ${wallOf('$2')} / 1000 GROUP BY queue_id`)

/** Looks at every queue. An index by the time of the last change would have to be written with every commit. */
export async function recentQueues(
  database: Database,
  clock: PostgresClock,
  { userId, limit }: RecentQueues,
): Promise<QueueCounts[]> {
  const [select, values] = userId === null ? [selectOfAll, [limit]] : [selectOfUser, [limit, userId]]
  const rows = await withRetries(() => database.query<Row>(select, values))
  const ids = rows.map(({ queue_id }) => queue_id)
  const counted = await withRetries(() =>
    database.query<{ queue_id: string; locked: number }>(selectLocked, [ids, clock.wallValue]),
  )
  const lockedOf = new Map(counted.map(({ queue_id, locked }) => [queue_id, locked]))
  return rows.map((row) => ({
    id: row.queue_id,
    name: row.name,
    ownerName: row.owner_name,
    totalRequestCount: row.total_count,
    handledRequestCount: row.handled_count,
    lockedRequestCount: shownLocked(lockedOf.get(row.queue_id) ?? 0, row.total_count - row.handled_count),
    modifiedAt: row.modified_at,
  }))
}
