/** Where requests stand, for people who look at them (14.4). The same for both stores. */
import { HeadlockError } from '../../domain/errors.ts'
import { standingOf } from '../../domain/insight/standing.ts'
import { liveLock } from '../../domain/request.ts'
import { stateOf } from '../columns/requests.ts'
import type { FoundRequest } from '../params/insight.ts'
import type { RequestParams } from '../params/requests.ts'
import { viewOfRow } from '../request-views.ts'
import type { FilterRows, FoundRow } from './filter-rows.ts'
import type { Moment } from './moment.ts'
import { isHeldBack } from './openings.ts'

/**
 * One request. It may come damaged, as from `getRequest`.
 *
 * @throws HeadlockError `requestNotFound`
 */
export async function inspectRequest(rows: FilterRows, { requestId }: RequestParams): Promise<FoundRequest> {
  // Refuses those who may not look.
  await rows.moment()
  const { found } = await rows.pick([requestId])
  // Read after the request, so that no lock or place in it is of a later moment.
  const [request] = await foundRequests(rows, await rows.moment(), found)
  if (request === undefined) throw new HeadlockError('requestNotFound')
  return request
}

/** @param moment when the rows had been read */
export async function foundRequests(
  rows: FilterRows,
  moment: Moment,
  found: readonly FoundRow[],
): Promise<FoundRequest[]> {
  const { queue, now } = moment
  const names = new Set(found.map(({ group_name }) => group_name).filter((name) => name !== null))
  const groups = queue.handsOutByGroups && names.size > 0 ? await rows.groups([...names]) : []
  const byName = new Map(groups.map((group) => [group.name, group]))
  return found.map((row) => {
    const state = stateOf(row)
    const { group, place } = state
    const standing = standingOf(state, now, () =>
      isHeldBack(moment, group === null ? undefined : byName.get(group)),
    )
    const availableAt = standing === 'scheduled' ? Math.abs(place!.availableAt) : null
    const lockRunId = liveLock(state, now)?.runId ?? null
    return { ...viewOfRow(row, now), standing, availableAt, lockRunId }
  })
}
