import { findRequests } from '../../insight/find-requests.ts'
import type { FindRequests, FoundPage } from '../../params/insight.ts'
import type { PostgresClock } from '../clock.ts'
import type { Database } from '../connection/pool.ts'
import type { QueueLookup } from '../queue-lookup.ts'
import { PostgresFilterRows } from './filter-rows.ts'

export interface FindingParts {
  readonly database: Database
  readonly clock: PostgresClock
  readonly lookup: QueueLookup
}

/** Some of the requests of a queue that a filter chooses. */
export async function findRequestsIn(
  { database, clock, lookup }: FindingParts,
  params: FindRequests,
): Promise<FoundPage> {
  const queueId = await lookup.idAt(params)
  return findRequests(new PostgresFilterRows(database, clock, queueId, params), params)
}
