import type { PoolClient } from 'pg'
import { foldedName } from '../../../domain/queue.ts'
import type { RequestContent, RequestState } from '../../../domain/request.ts'
import type { QueueState } from '../../queue-state.ts'
import { stateValues } from '../../rows.ts'
import type { QueueClock } from '../clock.ts'
import { type Statement, statement } from '../connection/pool.ts'
import { textArray } from '../encoding/arrays.ts'
import { toText } from '../encoding/text.ts'
import { columnOf, unnest } from '../encoding/unnest.ts'
import { stateNames } from '../rows.ts'
import type { LowWaterMark } from './low-water-mark.ts'
import type { PostgresQueueSession } from './queue-session.ts'

const contentNames = ['retry_count', 'method', 'unique_key', 'url', 'other_fields'] as const

function updateOf(names: readonly string[]): Statement {
  return statement(`
    UPDATE requests SET ${names.map((name) => `${name} = given.${name}`).join(', ')}
    FROM ${unnest(['id', ...names], 2)}
    WHERE requests.queue_id = $1 AND requests.id = given.id`)
}

const addedNames = ['id', ...stateNames, ...contentNames] as const
const insertRequests = statement(`
  INSERT INTO requests (queue_id, ${addedNames.join(', ')})
  SELECT $1, ${addedNames.join(', ')} FROM ${unnest(addedNames, 2)}`)
const movedNames = ['id', ...stateNames] as const
const moveRequests = updateOf(stateNames)
const replaceRequests = updateOf([...stateNames, ...contentNames])
const deleteRequests = statement('DELETE FROM requests WHERE queue_id = $1 AND id = ANY ($2::text[])')

const updateQueue = statement(`
  UPDATE queues SET
    title = $2, general_access = $3, modified_at = $4, accessed_at = $5, total_count = $6, handled_count = $7,
    last_ticket = $8, first_client_key = $9, had_multiple_clients = $10, write_count = $11, read_count = $12,
    delete_count = $13, head_item_read_count = $14, storage_bytes = $15, shown_at = $16, clock_lead = $17,
    held_count = $18, head_from_at = $19, head_from_sequence = $20, scheduled_until = $21
  WHERE queue_id = $1`)

/** A request whose row is to be written; `content` as far as the columns need it. */
interface Row {
  readonly id: string
  readonly state: RequestState
  readonly content: RequestContent | null
}

/** Writes what has become of the requests: one statement for each kind of change, however many calls made it. */
export function writeRequests(client: PoolClient, session: PostgresQueueSession): Promise<unknown>[] {
  const rows = { added: [] as Row[], moved: [] as Row[], replaced: [] as Row[] }
  const deleted: string[] = []
  for (const [id, { kind, state, content }] of session.changes()) {
    if (kind === 'deleted') deleted.push(id)
    else rows[kind].push({ id, state, content })
  }
  const queueId = session.queue.id
  // All parameters are there before the first statement is sent: nothing is under way when one cannot be made.
  const statements: (Statement & { values: unknown[] })[] = []
  const write = (what: Statement, names: readonly string[], rows: readonly Row[]) => {
    if (rows.length > 0) statements.push({ ...what, values: [queueId, ...columnsOf(names, rows)] })
  }
  if (deleted.length > 0) statements.push({ ...deleteRequests, values: [queueId, textArray(deleted)] })
  write(insertRequests, addedNames, rows.added)
  write(moveRequests, movedNames, rows.moved)
  write(replaceRequests, addedNames, rows.replaced)
  return statements.map((statement) => client.query(statement))
}

/** A parameter for each of the columns. */
function columnsOf(names: readonly string[], rows: readonly Row[]): (Buffer | null)[] {
  const values = rows.map(({ id, state, content }) => [
    id,
    ...stateValues(state),
    ...(content === null ? [] : contentValues(content)),
  ])
  return names.map((name, column) =>
    columnOf(
      name,
      values.map((row) => {
        const value = row[column]!
        return typeof value === 'string' ? toText(value) : value
      }),
    ),
  )
}

/** In the order of `contentNames`. */
function contentValues({ retryCount, method, uniqueKey, url, otherFields }: RequestContent) {
  return [retryCount, method, uniqueKey, url, otherFields]
}

export function writeQueue(
  client: PoolClient,
  { queue, heldCount, scheduledUntil }: PostgresQueueSession,
  { shownAt, leadMs }: QueueClock,
  { place }: LowWaterMark,
): Promise<unknown> {
  const values = [
    queue.id,
    toText(queue.title),
    queue.generalAccess,
    queue.modifiedAt,
    queue.accessedAt,
    queue.totalCount,
    queue.handledCount,
    queue.lastSequence,
    toText(queue.firstClientKey),
    queue.hadMultipleClients,
    queue.writeCount,
    queue.readCount,
    queue.deleteCount,
    queue.headItemReadCount,
    queue.storageBytes,
    shownAt,
    leadMs,
    heldCount,
    place.availableAt,
    place.sequence,
    scheduledUntil,
  ]
  return client.query({ ...updateQueue, values })
}

/** Takes the name for the queue; null gives up the one it has. A name in use is the error 23505 of the database. */
export async function writeName(client: PoolClient, queue: QueueState, name: string | null): Promise<void> {
  await client.query('DELETE FROM queue_names WHERE owner_id = $1 AND queue_id = $2', [
    queue.ownerId,
    queue.id,
  ])
  if (name !== null) {
    await client.query('INSERT INTO queue_names (owner_id, name_folded, queue_id) VALUES ($1, $2, $3)', [
      queue.ownerId,
      foldedName(name),
      queue.id,
    ])
  }
  await client.query('UPDATE queues SET name = $2 WHERE queue_id = $1', [queue.id, name])
}
