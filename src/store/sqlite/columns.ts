/**
 * The columns that only this store has, beside those of every store (columns/), and how SQLite stores values.
 */
import { integer, integerOrNull, namesOf, type RowOf, type Value, wordOrNull } from '../columns/column.ts'
import { queueColumns } from '../columns/queues.ts'
import { policyNames, requestColumns } from '../columns/requests.ts'

export const sqliteQueueColumns = { number: integer, name_folded: wordOrNull, ...queueColumns }
export const sqliteRequestColumns = {
  number: integer,
  queue_number: integer,
  ...requestColumns,
  // The row of the group that `group_name` names. Null exactly where that is.
  group_number: integerOrNull,
}
/** The columns that only some policies need. Their values are `policyValues`, and the number of the group. */
export const sqlitePolicyNames = [...policyNames, 'group_number'] as const

/** A row as SQLite stores it: a boolean is a number. */
export type Stored<Row> = {
  [Name in keyof Row]: Row[Name] extends boolean ? number : Row[Name]
}

export type StoredQueueRow = Stored<RowOf<typeof sqliteQueueColumns>>

const queueBooleans = namesOf(queueColumns).filter((name) => queueColumns[name].kind === 'boolean')

/** Converts a row of `queues`, whichever columns it has. */
export function queueRowOf<Row extends object>(stored: Stored<Row>): Row {
  const row = { ...stored } as Record<string, unknown>
  for (const name of queueBooleans) if (name in row) row[name] = row[name] !== 0
  return row as Row
}

export function toStored(value: Value): string | number | null {
  return typeof value === 'boolean' ? Number(value) : value
}

/** `?, ?, ?`, one for each name. */
export function placeholders(names: readonly string[]): string {
  return names.map(() => '?').join(', ')
}

/** The SET clause of an UPDATE. It takes the values in the order of the names. */
export function assignments(names: readonly string[]): string {
  return names.map((name) => `${name} = ?`).join(', ')
}
