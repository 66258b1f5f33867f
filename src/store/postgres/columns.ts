/** What the tables of this store have beside the columns of every store (columns/), and how PostgreSQL keeps values. */
import { type Columns, type ColumnType, integer, namesOf, type Value, word } from '../columns/column.ts'
import { queueColumns } from '../columns/queues.ts'
import { requestColumns } from '../columns/requests.ts'
import { fromText, toText } from './encoding/text.ts'

/** What this store alone knows of a queue; written with every transaction (batching/flush.ts). */
export const ownQueueColumns = {
  /** The queue's time: the latest that was shown, and how far it is ahead of the database's clock (clock.ts). */
  shown_at: integer,
  clock_lead: integer,
  /** Requests with a lock, alive or run out. */
  held_count: integer,
  /** No request on the normal side has a place before this one (low-water-mark.ts). */
  head_from_at: integer,
  head_from_sequence: integer,
  /** No request that has no lock has a place after this moment: before it, one may be scheduled. */
  scheduled_until: integer,
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

/** A column of every store by its name in the table `queues`. */
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
 * Makes of a row what was given to the database: texts without their escapes.
 *
 * @param columns the row has some of them, and others
 */
export function rowReader(columns: Columns): <Row extends object>(row: Row) => Row {
  const names = namesOf(columns).filter((name) => columns[name]!.kind === 'text')
  return (row) => {
    let read = row as Record<string, unknown>
    for (const name of names) {
      const stored = read[name]
      if (typeof stored !== 'string') continue
      const given = fromText(stored)
      // Hardly any row has an escape in it: it is read as it is.
      if (given !== stored) read = { ...read, [name]: given }
    }
    return read as typeof row
  }
}

export const readQueueRow = rowReader(queueColumns)
export const readRequestRow = rowReader(requestColumns)
