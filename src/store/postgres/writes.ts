import type { PoolClient } from 'pg'
import { foldedName } from '../../domain/queue.ts'
import type { RequestContent, RequestState } from '../../domain/request.ts'
import type { QueueState } from '../queue-state.ts'
import { stateValues } from '../rows.ts'
import type { QueueClock } from './clock.ts'
import { type Statement, statement } from './database.ts'
import type { HeadStart } from './head-start.ts'
import type { Session } from './session.ts'
import { toText } from './text.ts'
import { unnest } from './unnest.ts'

const stateNames = [
  'handled_at',
  'available_at',
  'sequence',
  'locked_by',
  'locked_run',
  'lock_expires_at',
  'available_before',
  'bytes',
] as const
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
const moveRequests = updateOf(stateNames)
const replaceRequests = updateOf([...stateNames, ...contentNames])
const deleteRequests = statement('DELETE FROM requests WHERE queue_id = $1 AND id = ANY ($2::text[])')

const updateQueue = statement(`
  UPDATE queues SET
    title = $2, general_access = $3, modified_at = $4, accessed_at = $5, total_count = $6, handled_count = $7,
    last_ticket = $8, first_client_key = $9, had_multiple_clients = $10, write_count = $11, read_count = $12,
    delete_count = $13, head_item_read_count = $14, storage_bytes = $15, shown_at = $16, clock_lead = $17,
    held_count = $18, head_from_at = $19, head_from_sequence = $20
  WHERE queue_id = $1`)

type Value = string | number | null

/** Writes what has become of the requests: one statement for each kind of change, however many calls made it. */
export function writeRequests(client: PoolClient, session: Session): Promise<unknown>[] {
  const added = new Columns(addedNames.length)
  const moved = new Columns(1 + stateNames.length)
  const replaced = new Columns(addedNames.length)
  const deleted: string[] = []
  for (const [id, change] of session.changes()) {
    if (change.fate === 'deleted') deleted.push(id)
    else if (change.fate === 'moved') moved.push([id, ...stateTexts(change.state)])
    else {
      const row = [id, ...stateTexts(change.state), ...contentTexts(change.content)]
      if (change.fate === 'added') added.push(row)
      else replaced.push(row)
    }
  }
  const queueId = session.queue.id
  const writes: Promise<unknown>[] = []
  const write = (what: Statement, columns: Columns) => {
    if (columns.length > 0) writes.push(client.query({ ...what, values: [queueId, ...columns.values] }))
  }
  if (deleted.length > 0) writes.push(client.query({ ...deleteRequests, values: [queueId, deleted] }))
  write(insertRequests, added)
  write(moveRequests, moved)
  write(replaceRequests, replaced)
  return writes
}

export function writeQueue(
  client: PoolClient,
  queue: QueueState,
  { shownAt, leadMs }: QueueClock,
  heldCount: number,
  { place }: HeadStart,
): Promise<unknown> {
  const values = [
    queue.id,
    toText(queue.title),
    queue.generalAccess,
    queue.modifiedAt,
    queue.accessedAt,
    queue.totalCount,
    queue.handledCount,
    queue.lastTicket,
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

class Columns {
  readonly values: Value[][]

  constructor(count: number) {
    this.values = Array.from({ length: count }, () => [])
  }

  get length(): number {
    return this.values[0]!.length
  }

  push(row: readonly Value[]): void {
    for (const [index, value] of row.entries()) this.values[index]!.push(value)
  }
}

function stateTexts(state: RequestState): Value[] {
  return stateValues(state).map((value) => (typeof value === 'string' ? toText(value) : value))
}

function contentTexts(content: RequestContent): Value[] {
  const { retryCount, method, uniqueKey, url, otherFields } = content
  return [retryCount, toText(method), toText(uniqueKey), toText(url), toText(otherFields)]
}
