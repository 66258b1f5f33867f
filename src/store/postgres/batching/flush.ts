import type { PoolClient } from 'pg'
import type { GroupState } from '../../../domain/policy/group.ts'
import { rankOf } from '../../../domain/policy/rank.ts'
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
  writtenColumns,
} from '../../columns/requests.ts'
import type { QueueState } from '../../queue-state.ts'
import type { QueueClock } from '../clock.ts'
import { changingOwnColumns, toStored } from '../columns.ts'
import { type Bound, bind, type Parameter, type Statement, statement } from '../connection/statement.ts'
import { textArray } from '../encoding/arrays.ts'
import { toText } from '../encoding/text.ts'
import { parameterOf, unnest } from '../encoding/unnest.ts'
import { writeOfJob } from '../jobs/job-rows.ts'
import {
  appendedHistory,
  insertedHistory,
  insertedHistoryNames,
  keptHistoryColumns,
  valuesOfHistory,
} from './kept-history.ts'
import type { LowWaterMark } from './low-water-mark.ts'
import type { PostgresQueueSession } from './queue-session.ts'

/** Statements that write requests: one for queues without histories, one for those with. */
interface RequestWrites {
  readonly plain: Statement
  /** The second parameter is the version since which the queue keeps histories. */
  readonly withHistory: Statement
}

/**
 * The planner must look for each given request by its key. It plans once for a connection, often while it believes that there are
 * hardly any requests. Reading the whole queue looks as cheap then, and stays the plan while the queue grows. So the ID of the queue
 * is written as if it depended on the given rows. The two comparisons are true for every ID, but the planner expects them to leave one
 * row. A cluster finds the shard by the plain ID, and plans each time.
 *
 * @param columns the columns to set, and the ID that finds the row
 */
function updatesOf(columns: Columns, isCluster: boolean): RequestWrites {
  const where = `
    WHERE requests.queue_id = ${isCluster ? '$1' : '$1 || left(given.id, 0)'} AND requests.id = given.id
      AND given.id COLLATE "C" >= '' AND given.id COLLATE "C" <= '~'`
  return {
    plain: statement(`
    UPDATE requests SET ${assignmentsOf(columns)}
    FROM ${unnest(columns, 2)}${where}`),
    withHistory: statement(`
    UPDATE requests SET ${assignmentsOf(columns)}, ${appendedHistory('$2')}
    FROM ${unnest({ ...columns, ...keptHistoryColumns }, 3)}${where}`),
  }
}

function assignmentsOf(columns: Columns): string {
  const names = namesOf(columns).filter((name) => name !== 'id')
  return names.map((name) => `${name} = given.${name}`).join(', ')
}

const movedColumns = without(writtenColumns, contentNames)
/** What `QueueSession.regroup` writes. */
const regroupedColumns = {
  id: writtenColumns.id,
  group_name: writtenColumns.group_name,
  rank: writtenColumns.rank,
  lock_group: writtenColumns.lock_group,
}
const writtenNames = namesOf(writtenColumns)
/**
 * Selects from the queue's row too. A cluster would gather a selection from arrays alone on one node, and
 * commit it in two phases.
 */
const insertRequests = statement(`
  INSERT INTO requests (queue_id, ${writtenNames.join(', ')})
  SELECT queues.queue_id, ${writtenNames.map((name) => `given.${name}`).join(', ')}
  FROM queues, ${unnest(writtenColumns, 2)}
  WHERE queues.queue_id = $1`)
const insertWithHistory = statement(`
  INSERT INTO requests (queue_id, ${[...writtenNames, ...insertedHistoryNames].join(', ')})
  SELECT queues.queue_id, ${writtenNames.map((name) => `given.${name}`).join(', ')}, ${insertedHistory('$2')}
  FROM queues, ${unnest({ ...writtenColumns, ...keptHistoryColumns }, 3)}
  WHERE queues.queue_id = $1`)
const updatesFor = (isCluster: boolean) => ({
  moved: updatesOf(movedColumns, isCluster),
  replaced: updatesOf(writtenColumns, isCluster),
  regrouped: updatesOf(regroupedColumns, isCluster).plain,
})
const updates = updatesFor(false)
const updatesOnCluster = updatesFor(true)
/** For the test of their plans. */
export const requestWrites: readonly Statement[] = [
  ...Object.values(updates.moved),
  ...Object.values(updates.replaced),
  updates.regrouped,
]
const deleteRequests = statement('DELETE FROM requests WHERE queue_id = $1 AND id = ANY ($2::text[])')

const groupNames = namesOf(groupColumns)
const insertGroups = statement(`
  INSERT INTO groups (queue_id, ${groupNames.join(', ')})
  SELECT queues.queue_id, ${groupNames.map((name) => `given.${name}`).join(', ')}
  FROM queues, ${unnest(groupColumns, 2)}
  WHERE queues.queue_id = $1`)
/**
 * Finds the rows by their key, whatever the planner knows. It planned an UPDATE while there were hardly any groups, and so read
 * all groups of the queue for it, for as long as the connection kept the plan.
 */
const updateGroups = statement(`
  ${insertGroups.text}
  ON CONFLICT (queue_id, name) DO UPDATE SET ${groupNames
    .filter((name) => name !== 'name')
    .map((name) => `${name} = excluded.${name}`)
    .join(', ')}`)
const deleteGroups = statement('DELETE FROM groups WHERE queue_id = $1 AND name = ANY ($2::text[])')
/** For the test of their plans. */
export const groupWrites: readonly Statement[] = [updateGroups, deleteGroups]
const updateGrouping = statement(`
  UPDATE queues SET grouping = $2, ranks = $3, keeps_groups = $4, building = $5, revisits = $6, revisit_at = $7,
    history_since = $8
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
export function writesOf(session: PostgresQueueSession, isCluster: boolean): Bound[] {
  const { moved, replaced, regrouped } = isCluster ? updatesOnCluster : updates
  const rows = { added: [] as Row[], moved: [] as Row[], replaced: [] as Row[], regrouped: [] as Value[][] }
  const deleted: string[] = []
  for (const [id, { kind, state, content }] of session.changes()) {
    if (kind === 'deleted') deleted.push(id)
    else if (kind === 'regrouped')
      rows.regrouped.push([id, state.group, rankOf(state.place!, state.priority), state.lockGroup])
    else rows[kind].push({ id, state, content })
  }
  const queueId = session.queue.id
  const statements: Bound[] = []
  const { historySince } = session.queue
  const write = ({ plain, withHistory }: RequestWrites, columns: Columns, rows: readonly Row[]) => {
    if (rows.length === 0) return
    const values = rows.map(valuesOfRow)
    if (historySince === null) {
      statements.push(bind(plain, [queueId, ...byColumn(columns, values)]))
      return
    }
    const kept = rows.map(({ id }) => valuesOfHistory(session.historyOf(id)))
    const given = values.map((row, index) => [...row, ...kept[index]!])
    const parameters = byColumn({ ...columns, ...keptHistoryColumns }, given)
    statements.push(bind(withHistory, [queueId, historySince, ...parameters]))
  }
  if (deleted.length > 0) statements.push(bind(deleteRequests, [queueId, textArray(deleted)]))
  write({ plain: insertRequests, withHistory: insertWithHistory }, writtenColumns, rows.added)
  write(moved, movedColumns, rows.moved)
  write(replaced, writtenColumns, rows.replaced)
  if (rows.regrouped.length > 0) {
    statements.push(bind(regrouped, [queueId, ...byColumn(regroupedColumns, rows.regrouped)]))
  }
  const removed = session.groups.removed()
  if (removed.length > 0) statements.push(bind(deleteGroups, [queueId, textArray(removed.map(toText))]))
  const { added, changed } = session.groups.changesByKind()
  if (added.length > 0) statements.push(bind(insertGroups, [queueId, ...valuesOfGroups(added)]))
  if (changed.length > 0) statements.push(bind(updateGroups, [queueId, ...valuesOfGroups(changed)]))
  if (session.hasNewGrouping) {
    const { grouping, ranks, keepsGroups, buildingText, revisitsText, revisitAt } = session.queue
    const texts = [toStored(buildingText), toStored(revisitsText)] as const
    const values = [grouping, ranks, keepsGroups, ...texts, revisitAt, historySince] as const
    statements.push(bind(updateGrouping, [queueId, ...values]))
  }
  for (const job of session.changedJobs()) statements.push(writeOfJob(job))
  return statements
}

function valuesOfGroups(groups: readonly GroupState[]): Parameter[] {
  const rows = groups.map((group) => [group.name, ...groupCountValues(group), ...groupProspectValues(group)])
  return byColumn(groupColumns, rows)
}

/** The ID, the state, the content and the group. */
function valuesOfRow({ id, state, content }: Row): Value[] {
  return [
    id,
    ...placeValues(state),
    ...lockValues(state),
    ...(content === null ? [] : contentValues(content, state)),
    ...policyValues(state),
  ]
}

/** One parameter for each column. */

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
