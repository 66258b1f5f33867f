import type { InsightMethods } from '../../methods/insight.ts'
import type { SqliteParts } from './parts.ts'

export function insightMethods(parts: SqliteParts): InsightMethods {
  return {
    async explainQueue(params) {
      const { queueId, items } = await parts.performOnHead('peekHead', params)
      // By its ID: the name may belong to another queue by now.
      return parts.read(({ insight }) => insight.explain({ ...params, queue: { queueId } }, items))
    },
    findRequests: (params) => parts.read(({ insight }) => insight.findRequests(params)),
    inspectRequest: (params) => parts.read(({ insight }) => insight.inspectRequest(params)),
    inspectRequests: (params) => parts.read(({ insight }) => insight.inspectRequests(params)),
    getRequestHistory: (params) => parts.read(({ insight }) => insight.getRequestHistory(params)),
    listFailures: (params) => parts.read(({ insight }) => insight.listFailures(params)),
    listHosts: (params) => parts.read(({ insight }) => insight.listHosts(params)),

    /** Saves what clients did first, as `figures` does. */
    async listClients(params) {
      parts.assertOpen()
      const { userId, queue } = params
      const queueId = await parts.calls.call('saveFigures', { userId, queue })
      return parts.read(({ insight }) => insight.listClients({ ...params, queue: { queueId } }))
    },
  }
}
