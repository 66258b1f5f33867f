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
import { StepSize } from './step-size.ts'

/** How many rows one step reads at most. */
const rowsPerStepMax = 250
/** How many IDs one step scans at most, and how many if it has to look into the stored fields, which may be long. */
const scannedPerStepMax = 500
const searchedPerStepMax = 250
/** A call examines that many before it may end for being late, so that each page comes closer to the end. */
const examinedMin = 500
/** How many requests one call examines. */
export const examinedMax = 20_000
const millisMax = 60

export async function findRequests(rows: FilterRows, params: FindRequests): Promise<FoundPage> {
  const { filter, limit, lengthMax } = params
  const began = performance.now()
  const page = new GrowingPage<FoundRequest>(limit, lengthMax)
  let moment = await rows.moment()
  const walk = walkOf(rows, params, moment)
  const steps = new StepSize(rows, rowsPerStepMax)
  for (;;) {
    const ids = await walk.candidates.next(Math.min(steps.rows, page.missing))
    walk.examined += ids.length
    if (ids.length > 0) {
      const { found, left } = await steps.timed(() => rows.pick(ids))
      walk.candidates.putBack(left)
      moment = await rows.moment()
      await addChosen(page, rows, moment, filter, found)
      if (page.isFull) {
        return endedAt(page, page.finished().items.at(-1)!.id)
      }
    }
    if (walk.candidates.isAtEnd) return endedAt(page, null)
    const isLate = walk.examined >= examinedMin && performance.now() - began > millisMax
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
  const searchesFields = sieve.fields.some((part) => part !== null)
  const steps = new StepSize(rows, searchesFields ? searchedPerStepMax : scannedPerStepMax)
  const walk: Walk = {
    examined: 0,
    candidates: new Candidates(
      {
        async collect() {
          return source === null ? null : rows.collect(source, moment.now, collectedMax)
        },
        scan(after) {
          const count = Math.min(steps.rows, bound ?? Number.POSITIVE_INFINITY)
          walk.examined += count
          return steps.timed(() => rows.scan(after, count, sieve))
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
    const { standing, lockRunId } = request
    if (isDamaged || isChosen(filter, { view: request, lockRunId, standing, grouping })) page.add(request)
  }
}

/** Null: all requests have to be scanned, or all failed ones. */
function sourceOf({ states, client, run, host }: RequestFilter, { queue, now }: Moment): Source | null {
  if (client !== null) return { kind: 'client', clientKey: client }
  if (run !== null) return { kind: 'locked' }
  if (states === null || states.has('handled') || states.has('failed')) return null
  if (host !== null && queue.grouping === 'host' && queue.building === null)
    return { kind: 'group', name: host }
  const has = (...wanted: Standing[]) => [...states].every((state) => wanted.includes(state))
  if (has('scheduled')) return { kind: 'scheduled' }
  if (has('locked')) return { kind: 'locked' }
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
