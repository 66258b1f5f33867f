import { historyLengthMax } from '../../../domain/history/history.ts'

/**
 * The assignments that append to the history of a request (columns/requests.ts), for an UPDATE of `requests`. They read
 * the row as it was before. A history that began under another policy is forgotten.
 *
 * @param since the parameter with `QueueState.historySince`
 * @param entries the parameter with what to append
 * @param handOuts how often the request is handed out by this
 */
export function appendHistory(since: string, entries: string, handOuts: 0 | 1): string {
  const appended = `substr(history || ${entries}, -${historyLengthMax})`
  const counted = handOuts === 0 ? 'handed_out' : 'coalesce(handed_out, 0) + 1'
  return `
    history = CASE WHEN history_since IS ${since} THEN ${appended} ELSE ${entries} END,
    handed_out = CASE WHEN history_since IS ${since} THEN ${counted} ELSE ${handOuts === 0 ? 'NULL' : '1'} END,
    history_since = ${since}`
}
