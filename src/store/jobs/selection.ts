import type { QueueUser } from '../../domain/caller.ts'
import type { Selection } from '../params/jobs.ts'
import type { FoundRequests, JobSteps } from './job-steps.ts'
import { filterOf } from './stored-filter.ts'

/** Bounds the texts that one step reads to find requests by a filter. */
const foundLengthMax = 8_000_000

/** The next requests that are selected, by their IDs, or as they are named. Refuses `queueNotFound`. */
export async function findNext(
  steps: JobSteps,
  { userId }: QueueUser,
  queueId: string,
  selection: Selection,
  cursor: string,
  countMax: number,
): Promise<FoundRequests> {
  const params = { userId, queue: { queueId } }
  if ('filter' in selection) {
    const { items, nextAfterId } = await steps.findRequests({
      ...params,
      filter: filterOf(selection.filter),
      afterId: cursor,
      limit: countMax,
      lengthMax: foundLengthMax,
    })
    const requestIds = items.map(({ id }) => id)
    return { requestIds, cursors: requestIds, cursor: nextAfterId ?? cursor, isLast: nextAfterId === null }
  }
  if ('all' in selection) {
    const ids = await steps.idsAfter(params, cursor, countMax)
    return { requestIds: ids, cursors: ids, cursor: ids.at(-1) ?? cursor, isLast: ids.length < countMax }
  }
  const from = Number(cursor)
  const requestIds = selection.requestIds.slice(from, from + countMax)
  const next = from + requestIds.length
  const cursors = requestIds.map((_, index) => String(from + index + 1))
  return { requestIds, cursors, cursor: String(next), isLast: next >= selection.requestIds.length }
}
