import type { QueueUser } from '../../../domain/caller.ts'
import { listClients } from '../../insight/clients.ts'
import { explain } from '../../insight/explain.ts'
import { listFailures } from '../../insight/failures.ts'
import { inspectRequest } from '../../insight/found-request.ts'
import { listHosts } from '../../insight/hosts.ts'
import type { InsightMethods } from '../../methods/insight.ts'
import { untilLooked } from '../../steps/look.ts'
import { withRetries } from '../connection/retries.ts'
import { PostgresExplainRows } from '../insight/explain-rows.ts'
import { PostgresFailureRows } from '../insight/failure-rows.ts'
import { PostgresFilterRows } from '../insight/filter-rows.ts'
import { findRequestsIn } from '../insight/find-requests-in.ts'
import { PostgresHostRows } from '../insight/host-rows.ts'
import { inspectRequests } from '../maintenance/inspect-requests.ts'
import { queueMoment } from '../reads/queue-moment.ts'
import { requestHistory } from '../reads/request-history.ts'
import type { PostgresParts } from './parts.ts'

export function insightMethods(parts: PostgresParts): InsightMethods {
  const { database, clock, lookup, figures } = parts
  /** Refuses whoever may not look. */
  const momentOf = (queueId: string, user: QueueUser) =>
    queueMoment(database, clock, queueId, user, 'inspect')
  return {
    async explainQueue(params) {
      const { queueId, items } = await untilLooked(() => parts.onQueue('peekHead', params))
      const moment = await momentOf(queueId, params)
      return explain(new PostgresExplainRows(database, moment), moment, items)
    },

    findRequests: (params) => findRequestsIn(parts, params),

    async inspectRequest(params) {
      const queueId = await lookup.idAt(params)
      return inspectRequest(new PostgresFilterRows(database, clock, queueId, params), params)
    },

    async inspectRequests(params) {
      const queueId = await lookup.idAt(params)
      const { now } = await momentOf(queueId, params)
      return inspectRequests(database, queueId, now, params)
    },

    async getRequestHistory(params) {
      return requestHistory(database, clock, await lookup.idAt(params), params)
    },

    async listFailures(params) {
      const queueId = await lookup.idAt(params)
      await momentOf(queueId, params)
      return listFailures(new PostgresFailureRows(database, queueId), params.limit)
    },

    async listHosts(params) {
      const moment = await momentOf(await lookup.idAt(params), params)
      return listHosts(new PostgresHostRows(database, moment), moment, params)
    },

    async listClients(params) {
      const queueId = await lookup.idAt(params)
      const user = { userId: params.userId }
      await momentOf(queueId, user)
      await withRetries(() => figures.clients.save(queueId))
      const moment = await momentOf(queueId, user)
      return listClients(new PostgresExplainRows(database, moment), moment, params)
    },
  }
}
