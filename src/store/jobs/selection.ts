import type { Selection } from '../params/jobs.ts'
import type { FoundRequests } from './job-steps.ts'

/** The next of the requests that a selection names. Null if it names none, and they have to be looked for. */
export function nextNamed(selection: Selection, cursor: string, countMax: number): FoundRequests | null {
  if (!('requestIds' in selection)) return null
  const from = Number(cursor)
  const requestIds = selection.requestIds.slice(from, from + countMax)
  const next = from + requestIds.length
  return { requestIds, cursor: String(next), isLast: next >= selection.requestIds.length }
}

/** @param ids the next ones by their IDs; fewer than `countMax` if there are no more */
export function foundByIds(ids: readonly string[], cursor: string, countMax: number): FoundRequests {
  return { requestIds: ids, cursor: ids.at(-1) ?? cursor, isLast: ids.length < countMax }
}
