/**
 * The columns of queues that every store has. To add one, add a line here and a migration in each store.
 * Statements, types of rows and copies follow from the list (CONTRIBUTING.md, "Adding a column").
 */
import { limits } from '../../domain/limits.ts'
import type { Millis } from '../../domain/time.ts'
import {
  boolean,
  type ColumnType,
  integer,
  integerOrNull,
  namesOf,
  type RowOf,
  textOrNull,
  type Value,
  type ValueOf,
  without,
  word,
  wordOrNull,
} from './column.ts'

/** @param field the name of the value in `QueueState` */
function column<Type extends ColumnType, Field extends string>(type: Type, field: Field) {
  return { ...type, field }
}

/** Columns that never change. */
const fixedColumns = {
  id: column(word, 'id'),
  owner_id: column(word, 'ownerId'),
  created_at: column(integer, 'createdAt'),
}

/** Columns that only a change of the policy writes, because a policy may be long. */
const policyColumns = {
  /** The policy as its caller sent it: JSON (domain/policy/document.ts). */
  policy: column(textOrNull, 'policyText'),
  /** How often the policy was changed. A policy that is deleted counts too. */
  policy_version: column(integer, 'policyVersion'),
  /** By what its requests are in groups, in force or being built. Null: they are not. */
  grouping: column(wordOrNull, 'grouping'),
  /** The ranks that requests in its groups ever had (domain/policy/rank.ts). */
  ranks: column(integer, 'ranks'),
  /** Whether groups stay when the policy goes: a request asked for a priority, or a host for a cooldown. */
  keeps_groups: column(boolean, 'keepsGroups'),
  /** What remains to be done until the policy is in force for every request: JSON (building.ts). */
  building: column(textOrNull, 'buildingText'),
  /**
   * The revisits of the policy (13.9) that every handled request follows, as JSON. Null: there are none. Empty: not all
   * requests follow the same.
   */
  revisits: column(textOrNull, 'revisitsText'),
  /** No handled request becomes pending again before this. Null: none does. */
  revisit_at: column(integerOrNull, 'revisitAt'),
  /** The version of the policy since which its requests keep their histories (14.7). Null: they do not. */
  history_since: column(integerOrNull, 'historySince'),
}

export const queueColumns = {
  ...fixedColumns,
  name: column(wordOrNull, 'name'),
  title: column(textOrNull, 'title'),
  general_access: column(wordOrNull, 'generalAccess'),
  modified_at: column(integer, 'modifiedAt'),
  accessed_at: column(integer, 'accessedAt'),
  total_count: column(integer, 'totalCount'),
  handled_count: column(integer, 'handledCount'),
  last_ticket: column(integer, 'lastSequence'),
  first_client_key: column(textOrNull, 'firstClientKey'),
  had_multiple_clients: column(boolean, 'hadMultipleClients'),
  write_count: column(integer, 'writeCount'),
  read_count: column(integer, 'readCount'),
  delete_count: column(integer, 'deleteCount'),
  head_item_read_count: column(integer, 'headItemReadCount'),
  storage_bytes: column(integer, 'storageBytes'),
  ...policyColumns,
}

type QueueColumns = typeof queueColumns

export type QueueRow = RowOf<QueueColumns>
/** The same values with the names of a `QueueState`. */
export type QueueFields = {
  readonly [Name in keyof QueueColumns as QueueColumns[Name]['field']]: ValueOf<QueueColumns[Name]>
}

export const queueNames = namesOf(queueColumns)
/**
 * The columns that every transaction writes. The name is not one of them: a store may have an index of names
 * of its own.
 */
export const changingNames = namesOf(
  without(queueColumns, [...namesOf(fixedColumns), 'name', ...namesOf(policyColumns)]),
)

/** Returns a function that returns the values of a queue, in the order of the names. */
export function valuesOfQueue(names: readonly (keyof QueueColumns)[]): (queue: QueueFields) => Value[] {
  const fields = names.map((name) => queueColumns[name].field)
  return (queue) => fields.map((field) => queue[field])
}

/** What is chosen when a queue is created. The rest of its row follows. */
export type NewQueue = Pick<QueueFields, 'id' | 'ownerId' | 'name' | 'title' | 'generalAccess'>

/** The row of a new queue, which has no requests. */
export function newQueueRow(queue: NewQueue, now: Millis): QueueRow {
  return {
    id: queue.id,
    owner_id: queue.ownerId,
    created_at: now,
    name: queue.name,
    title: queue.title,
    general_access: queue.generalAccess,
    modified_at: now,
    accessed_at: now,
    total_count: 0,
    handled_count: 0,
    last_ticket: 0,
    first_client_key: null,
    had_multiple_clients: false,
    write_count: 0,
    read_count: 0,
    delete_count: 0,
    head_item_read_count: 0,
    storage_bytes: 0,
    policy: null,
    policy_version: 0,
    grouping: null,
    ranks: 0,
    keeps_groups: false,
    building: null,
    revisits: null,
    revisit_at: null,
    history_since: null,
  }
}

/**
 * SQL that reads a column of a queue, for both databases. For a title that is much longer than titles may be,
 * it reads only the beginning: older versions accepted titles as large as a body, and a list has a thousand
 * of them. The next change of the queue stores the shorter title.
 */
export function queueColumnToRead(name: string): string {
  if (name !== 'title') return `queues.${name}`
  return `CASE WHEN octet_length(queues.title) <= ${8 * limits.queueTitleLengthMax} THEN queues.title
    ELSE substr(queues.title, 1, ${limits.queueTitleLengthMax}) END AS title`
}
