import type { QueueCounts, RecentQueues } from '../../params/state.ts'
import { ownedBy } from '../../queue-access.ts'
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

/** Looks at every queue. An index by the time of the last change would have to be written with every commit. */
export async function recentQueues(
  database: Database,
  { userId, limit }: RecentQueues,
): Promise<QueueCounts[]> {
  const [select, values] = userId === null ? [selectOfAll, [limit]] : [selectOfUser, [limit, userId]]
  const rows = await withRetries(() => database.query<Row>(select, values))
  return rows.map((row) => ({
    id: row.queue_id,
    name: row.name,
    ownerName: row.owner_name,
    totalRequestCount: row.total_count,
    handledRequestCount: row.handled_count,
    modifiedAt: row.modified_at,
  }))
}
