/** The columns of clients that every store has: what a client did in a queue (store/series/client-tally.ts). */
import { type ColumnList, columnsOf, integer, namesOf, type RowOf, text } from './column.ts'

const clientList = [
  ['client_key', text],
  // Empty: none.
  ['run_id', text],
  ['handed_out', integer],
  ['taken_back', integer],
  ['handled', integer],
  ['ended', integer],
  ['last_seen_at', integer],
] as const satisfies ColumnList

export const clientColumns = columnsOf(clientList)
export const clientNames = namesOf(clientColumns)
export type ClientRow = RowOf<typeof clientColumns>
