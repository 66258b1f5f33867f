import type { PoolClient } from 'pg'
import type { GroupState } from '../../../domain/policy/group.ts'
import { foldedName } from '../../../domain/queue.ts'
import type { RequestContent, RequestState } from '../../../domain/request.ts'
import type { Millis } from '../../../domain/time.ts'
import { type Columns, namesOf, type RowOf, type Value, valuesAt, without } from '../../columns/column.ts'
import { groupColumns, groupCountValues, groupProspectValues } from '../../columns/groups.ts'
import { changingNames, valuesOfQueue } from '../../columns/queues.ts'
import {
  contentNames,
  contentValues,
  lockValues,
  placeValues,
  policyValues,
  requestColumns,
} from '../../columns/requests.ts'
import type { QueueState } from '../../queue-state.ts'
import type { QueueClock } from '../clock.ts'
import { changingOwnColumns, toStored } from '../columns.ts'
import { type Bound, bind, type Parameter, type Statement, statement } from '../connection/statement.ts'
import { textArray } from '../encoding/arrays.ts'
import { toText } from '../encoding/text.ts'
import { parameterOf, unnest } from '../encoding/unnest.ts'
import type { LowWaterMark } from './low-water-mark.ts'
import type { PostgresQueueSession } from './queue-session.ts'

/** @param columns the columns to set, and the ID that finds the row */
function updateOf(columns: Columns): Statement {
  const names = namesOf(columns).filter((name) => name !== 'id')
  return statement(`
    UPDATE requests SET ${names.map((name) => `${name} = given.${name}`).join(', ')}
    FROM ${unnest(columns, 2)}
    WHERE requests.queue_id = $1 AND requests.id = given.id`)
}

const movedColumns = without(requestColumns, contentNames)
const writtenNames = namesOf(requestColumns)
/**
 * Selects from the queue's row too. A cluster would gather a selection from arrays alone on one node, and
 * commit it in two phases.
 */
const insertRequests = statement(`
  INSERT INTO requests (queue_id, ${writtenNames.join(', ')})
  SELECT queues.queue_id, ${writtenNames.map((name) => `given.${name}`).join(', ')}
  FROM queues, ${unnest(requestColumns, 2)}
  WHERE queues.queue_id = $1`)
const moveRequests = updateOf(movedColumns)
const replaceRequests = updateOf(requestColumns)
const deleteRequests = statement('DELETE FROM requests WHERE queue_id = $1 AND id = ANY ($2::text[])')

const upsertGroups = statement(`
  INSERT INTO groups (queue_id, ${namesOf(groupColumns).join(', ')})
  SELECT queues.queue_id, ${namesOf(groupColumns)
    .map((name) => `given.${name}`)
    .join(', ')}
  FROM queues, ${unnest(groupColumns, 2)}
  WHERE queues.queue_id = $1
  ON CONFLICT (queue_id, name) DO UPDATE SET ${namesOf(groupColumns)
    .filter((name) => name !== 'name')
    .map((name) => `${name} = excluded.${name}`)
    .join(', ')}`)
const deleteGroups = statement('DELETE FROM groups WHERE queue_id = $1 AND name = ANY ($2::text[])')
const updateGrouping = statement(`
  UPDATE queues SET grouping = $2, ranks = $3, keeps_groups = $4, building = $5, revisits = $6, revisit_at = $7
  WHERE queue_id = $1`)

/** The values that `updateQueue` sets. `writeName` writes the name. */
const changingValues = valuesOfQueue(changingNames)
const ownQueueNames = namesOf(changingOwnColumns)
const updateQueue = statement(`
  UPDATE queues SET ${[...changingNames, ...ownQueueNames].map((name, index) => `${name} = $${index + 2}`).join(', ')}
  WHERE queue_id = $1`)

/** A request whose row is to be written. `content` is null if only its state changed. */
interface Row {
  readonly id: string
  readonly state: RequestState
  readonly content: RequestContent | null
}

/** The statements that write the changed requests: one for each kind of change, however many calls made it. */
export function writesOf(session: PostgresQueueSession): Bound[] {
  const rows = { added: [] as Row[], moved: [] as Row[], replaced: [] as Row[] }
  const deleted: string[] = []
  for (const [id, { kind, state, content }] of session.changes()) {
    if (kind === 'deleted') deleted.push(id)
    else rows[kind].push({ id, state, content })
  }
  const queueId = session.queue.id
  const statements: Bound[] = []
  const write = (what: Statement, columns: Columns, rows: readonly Row[]) => {
    if (rows.length > 0) statements.push(bind(what, [queueId, ...parametersOf(columns, rows)]))
  }
  if (deleted.length > 0) statements.push(bind(deleteRequests, [queueId, textArray(deleted)]))
  write(insertRequests, requestColumns, rows.added)
  write(moveRequests, movedColumns, rows.moved)
  write(replaceRequests, requestColumns, rows.replaced)
  const removed = session.groups.removed()
  if (removed.length > 0) statements.push(bind(deleteGroups, [queueId, textArray(removed.map(toText))]))
  const groups = session.groups.changes()
  if (groups.length > 0) statements.push(bind(upsertGroups, [queueId, ...valuesOfGroups(groups)]))
  if (session.hasNewGrouping) {
    const { grouping, ranks, keepsGroups, buildingText, revisitsText, revisitAt } = session.queue
    const texts = [toStored(buildingText), toStored(revisitsText)] as const
    statements.push(bind(updateGrouping, [queueId, grouping, ranks, keepsGroups, ...texts, revisitAt]))
  }
  return statements
}

function valuesOfGroups(groups: readonly GroupState[]): Parameter[] {
  const rows = groups.map((group) => [group.name, ...groupCountValues(group), ...groupProspectValues(group)])
  return byColumn(groupColumns, rows)
}

/** One parameter for each column: the ID, the state, the content and the group. */
function parametersOf(columns: Columns, rows: readonly Row[]): Parameter[] {
  const values = rows.map(({ id, state, content }): Value[] => [
    id,
    ...placeValues(state),
    ...lockValues(state),
    ...(content === null ? [] : contentValues(content, state)),
    ...policyValues(state),
  ])
  return byColumn(columns, values)
}

function byColumn(columns: Columns, rows: readonly (readonly Value[])[]): Parameter[] {
  return Object.values(columns).map((column, index) =>
    parameterOf(
      column,
      rows.map((row) => row[index]!),
    ),
  )
}

export function writeOfQueue(
  { queue }: PostgresQueueSession,
  { shownAt, leadMs }: QueueClock,
  { place }: LowWaterMark,
  lookedUntil: Millis,
): Bound {
  const own: RowOf<typeof changingOwnColumns> = {
    shown_at: shownAt,
    clock_lead: leadMs,
    head_from_at: place.availableAt,
    head_from_sequence: place.sequence,
    looked_until: lookedUntil,
  }
  return bind(updateQueue, [
    queue.id,
    ...changingValues(queue).map(toStored),
    ...valuesAt(ownQueueNames, own),
  ])
}

/**
 * Gives the queue that name, or none. Fails with error 23505 of the database if another queue has the name.
 */
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

export async function writePolicy(
  client: PoolClient,
  { id, policyText, policyVersion }: QueueState,
): Promise<void> {
  await client.query('UPDATE queues SET policy = $2, policy_version = $3 WHERE queue_id = $1', [
    id,
    toStored(policyText),
    policyVersion,
  ])
}
