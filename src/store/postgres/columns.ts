/**
 * The columns that only this store has, beside those of every store (columns/), and how PostgreSQL stores
 * values.
 */
import { type Columns, type ColumnType, integer, namesOf, type Value, word } from '../columns/column.ts'
import { queueColumns } from '../columns/queues.ts'
import { requestColumns } from '../columns/requests.ts'
import { fromText, toText } from './encoding/text.ts'

/** Columns of a queue that only this store has and that every transaction writes (batching/flush.ts). */
export const changingOwnColumns = {
  /** The queue's time: the latest time used, and how far it is ahead of the database's clock (clock.ts). */
  shown_at: integer,
  clock_lead: integer,
  /** No request on the normal side has a place before this one (low-water-mark.ts). */
  head_from_at: integer,
  head_from_sequence: integer,
  /** No group has to be looked at at an earlier moment (groups/). */
  looked_until: integer,
}

/** Columns of a queue that only this store has. */
export const ownQueueColumns = {
  ...changingOwnColumns,
  /** Until when callers of any server wait for its requests, by the queue's time (waiting/queue-watches.ts). */
  waited_until: integer,
}

const { id: queue_id, ...sharedQueueColumns } = queueColumns
export const postgresQueueColumns = {
  queue_id,
  number: integer,
  owner_name: word,
  ...sharedQueueColumns,
  ...ownQueueColumns,
}
export const postgresRequestColumns = { queue_id: word, ...requestColumns }

/** The name in the table `queues` of a column that every store has. */
export function storedQueueName(name: string): string {
  return name === 'id' ? 'queue_id' : name
}

const types = { integer: 'bigint', boolean: 'boolean', word: 'text', text: 'text' } as const

export function typeOf({ kind }: ColumnType): string {
  return types[kind]
}

export function toStored(value: Value): Value {
  return typeof value === 'string' ? toText(value) : value
}

/**
 * Returns a function that decodes the texts of a row.
 *
 * @param columns the columns that may need decoding; the row may have only some of them, and others
 */
export function rowReader(columns: Columns): <Row extends object>(row: Row) => Row {
  const names = namesOf(columns).filter((name) => columns[name]!.kind === 'text')
  return (row) => {
    let read = row as Record<string, unknown>
    for (const name of names) {
      const stored = read[name]
      if (typeof stored !== 'string') continue
      const given = fromText(stored)
      // Hardly any row has an escape, so the row is copied only if needed.
      if (given !== stored) read = { ...read, [name]: given }
    }
    return read as typeof row
  }
}

export const readQueueRow = rowReader(queueColumns)
export const readRequestRow = rowReader(requestColumns)
