/**
 * Finds the requests that a filter chooses (14.4), in the order of their IDs, so that changes during a walk move nothing
 * (8.2). The same for both stores. One call examines a bounded number of requests, so a page may be empty although more
 * follow.
 */
import { dueRange, notDueRanges, rangesWith } from '../../domain/availability.ts'
import { literalIn } from '../../domain/insight/failure.ts'
import { isChosen, type RequestFilter } from '../../domain/insight/request-filter.ts'
import type { Standing } from '../../domain/insight/standing.ts'
import { Candidates } from '../candidates.ts'
import { collectedMax } from '../list-requests.ts'
import type { FindRequests, FoundPage, FoundRequest } from '../params/insight.ts'
import { GrowingPage } from '../request-page.ts'
import { areMembers } from '../stored-fields.ts'
import type { FilterRows, FoundRow, Sieve, Source } from './filter-rows.ts'
import { foundRequests } from './found-request.ts'
import type { Moment } from './moment.ts'

/** How many rows one step reads. */
const rowsPerStepMax = 500
/** How many IDs one step scans, and how many if it has to look into the stored fields, which may be long. */
const scannedPerStepMax = 2000
const searchedPerStepMax = 500
/** How many requests one call examines. */
export const examinedMax = 20_000
/** A call that has examined as many requests as one step scans ends after so long. */
const millisMax = 60

export async function findRequests(rows: FilterRows, params: FindRequests): Promise<FoundPage> {
  const { filter, limit, lengthMax } = params
  const began = performance.now()
  const page = new GrowingPage<FoundRequest>(limit, lengthMax)
  let moment = await rows.moment()
  const walk = walkOf(rows, params, moment)
  for (;;) {
    const ids = await walk.candidates.next(Math.min(rowsPerStepMax, page.missing))
    walk.examined += ids.length
    if (ids.length > 0) {
      const { found, left } = await rows.pick(ids)
      walk.candidates.putBack(left)
      moment = await rows.moment()
      await addChosen(page, rows, moment, filter, found)
      if (page.isFull) {
        return endedAt(page, page.finished().items.at(-1)!.id)
      }
    }
    if (walk.candidates.isAtEnd) return endedAt(page, null)
    const isLate = walk.examined >= scannedPerStepMax && performance.now() - began > millisMax
    if (isLate || walk.examined >= (params.examinedMax ?? examinedMax)) {
      return endedAt(page, walk.candidates.passedId)
    }
  }
}

function endedAt(page: GrowingPage<FoundRequest>, nextAfterId: string | null): FoundPage {
  const { hasMore: _, ...shown } = page.finished()
  return { ...shown, nextAfterId }
}

interface Walk {
  readonly candidates: Candidates
  examined: number
}

function walkOf(
  rows: FilterRows,
  { filter, afterId, examinedMax: bound }: FindRequests,
  moment: Moment,
): Walk {
  const source = sourceOf(filter, moment)
  const sieve = sieveOf(filter)
  const perStep = sieve.fields.some((part) => part !== null) ? searchedPerStepMax : scannedPerStepMax
  const count = Math.min(perStep, bound ?? perStep)
  const walk: Walk = {
    examined: 0,
    candidates: new Candidates(
      {
        async collect() {
          if (source === null) return null
          const ids = await rows.collect(source, moment.now, collectedMax + 1)
          return ids.length > collectedMax ? null : ids
        },
        scan(after) {
          walk.examined += count
          return rows.scan(after, count, sieve)
        },
      },
      afterId ?? '',
    ),
  }
  return walk
}

/** Adds the chosen ones of the rows to the page. */
async function addChosen(
  page: GrowingPage<FoundRequest>,
  rows: FilterRows,
  moment: Moment,
  filter: RequestFilter,
  found: readonly FoundRow[],
): Promise<void> {
  const { grouping } = moment.queue
  for (const request of await foundRequests(rows, moment, found)) {
    // A page leaves damaged requests out, and names them.
    const isDamaged = !areMembers(request.otherFields)
    const { standing } = request
    if (isDamaged || isChosen(filter, { view: request, standing, grouping })) page.add(request)
  }
}

/** Null: all requests have to be scanned, or all failed ones. */
function sourceOf({ states, client, host }: RequestFilter, { queue, now }: Moment): Source | null {
  if (client !== null) return { kind: 'client', clientKey: client }
  if (states === null || states.has('handled') || states.has('failed')) return null
  if (host !== null && queue.grouping === 'host' && queue.building === null)
    return { kind: 'group', name: host }
  const has = (...wanted: Standing[]) => [...states].every((state) => wanted.includes(state))
  if (has('scheduled')) return { kind: 'scheduled' }
  if (has('locked', 'scheduled')) return { kind: 'places', ranges: notDueRanges(now) }
  if (has('available', 'held')) return { kind: 'places', ranges: [dueRange(now)] }
  return { kind: 'places', ranges: rangesWith(['pending'], now) }
}

function sieveOf({ states, url, error, label, retryCountMin }: RequestFilter): Sieve {
  const isOfHandled = (state: Standing) => state === 'handled' || state === 'failed'
  const kinds = states === null ? [] : [...new Set([...states].map(isOfHandled))]
  return {
    isHandled: kinds.length === 1 ? kinds[0]! : null,
    isFailed: states !== null && [...states].every((state) => state === 'failed'),
    retryCountMin,
    url,
    // As they stand in the JSON that is stored.
    fields: [
      error === null ? null : JSON.stringify(literalIn(error)).slice(1, -1),
      label === null ? null : `"label":${JSON.stringify(label)}`,
    ],
  }
}
