import { historyLengthMax } from '../../../domain/history/history.ts'
import { type Columns, integer, text } from '../../columns/column.ts'

/** What a transaction appends to the history of a request (14.7). */
export interface KeptHistory {
  readonly entries: string
  /** How often it was handed out in this transaction. */
  readonly handOuts: number
  /** Whether the request is another one than the row has: it was deleted and added again. */
  readonly isNew: boolean
}

export const noHistory: KeptHistory = { entries: '', handOuts: 0, isNew: false }

/** The columns of the table `given` that `appendedHistory` reads. They come after those of the row. */
export const keptHistoryColumns = {
  kept_entries: text,
  kept_hand_outs: integer,
  // 1 or 0.
  kept_anew: integer,
} satisfies Columns

export function valuesOfHistory({ entries, handOuts, isNew }: KeptHistory) {
  return [entries, handOuts, isNew ? 1 : 0] as const
}

/** The columns of an inserted row that `insertedHistory` selects. */
export const insertedHistoryNames = ['history_since', 'history', 'handed_out']

/** @param since the parameter with `QueueState.historySince` */
export function insertedHistory(since: string): string {
  return `${since}::bigint, given.kept_entries, given.kept_hand_outs`
}

/** The assignments that append to the history of a row. A history that began under another policy is forgotten. */
export function appendedHistory(since: string): string {
  const goesOn = `requests.history_since IS NOT DISTINCT FROM ${since}::bigint AND given.kept_anew = 0`
  return `
    history = CASE WHEN ${goesOn} THEN right(requests.history || given.kept_entries, ${historyLengthMax})
      ELSE given.kept_entries END,
    handed_out = CASE WHEN ${goesOn} THEN coalesce(requests.handed_out, 0) ELSE 0 END + given.kept_hand_outs,
    history_since = ${since}::bigint`
}
