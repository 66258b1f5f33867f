import type { HeadItem } from '../../../domain/request.ts'
import { listClients } from '../../insight/clients.ts'
import { explain } from '../../insight/explain.ts'
import { listFailures } from '../../insight/failures.ts'
import { findRequests } from '../../insight/find-requests.ts'
import { inspectRequest } from '../../insight/found-request.ts'
import { listHosts } from '../../insight/hosts.ts'
import type { Moment } from '../../insight/moment.ts'
import type { InsightMethods } from '../../methods/insight.ts'
import type { Explanation } from '../../params/insight.ts'
import type { QueueParams } from '../../params/queues.ts'
import { inspectRequests } from '../maintenance/inspect-requests.ts'
import type { ReaderParts } from '../reads/reader-parts.ts'
import { requestHistory } from '../reads/request-history.ts'
import { Turns } from '../reads/turns.ts'
import { SqliteExplainRows } from './explain-rows.ts'
import { SqliteFailureRows } from './failure-rows.ts'
import { SqliteFilterRows } from './filter-rows.ts'
import { SqliteHostRows } from './host-rows.ts'

export interface InsightReads extends Omit<InsightMethods, 'explainQueue'> {
  /** @param next what head/lock would hand out, read a moment before */
  explain(params: QueueParams, next: readonly HeadItem[]): Promise<Explanation>
}

/** The methods that look into one queue for people. What may take long is read in steps, so that it delays nobody. */
export function insightReads(parts: ReaderParts): InsightReads {
  const { db, prepared, clock, stateOf, inSnapshot } = parts
  const numberOf = (params: QueueParams) => parts.queueFor(params, 'inspect').number
  const turns = () => new Turns(parts.assertOpen)
  const momentOf = (params: QueueParams): Moment => ({ queue: stateOf(numberOf(params)), now: clock.now() })
  const explainRows = (moment: Moment) => new SqliteExplainRows(prepared, moment, turns())
  const filterRows = (params: QueueParams) => {
    const number = numberOf(params)
    const moment = () => ({ queue: stateOf(number), now: clock.now() })
    return new SqliteFilterRows(prepared, number, moment, turns())
  }
  return {
    async explain(params, next) {
      const moment = momentOf(params)
      return explain(explainRows(moment), moment, next)
    },
    findRequests: async (params) => findRequests(filterRows(params), params),
    inspectRequest: async (params) => inspectRequest(filterRows(params), params),
    async inspectRequests(params) {
      const number = numberOf(params)
      return inSnapshot(() => inspectRequests(db, number, clock.now(), params))
    },
    getRequestHistory: async (params) => requestHistory(db, numberOf(params), params.requestId, clock.now()),
    listFailures: async (params) =>
      listFailures(new SqliteFailureRows(prepared, numberOf(params), turns()), params.limit),
    async listHosts(params) {
      const moment = momentOf(params)
      return listHosts(new SqliteHostRows(prepared, moment, turns()), moment, params)
    },
    async listClients(params) {
      const moment = momentOf(params)
      return listClients(explainRows(moment), moment, params)
    },
  }
}
