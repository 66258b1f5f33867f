import { listRequests } from '../../list-requests.ts'
import type { RequestMethods } from '../../methods/requests.ts'
import { deleteInSteps } from '../../steps/delete.ts'
import { RequestReads } from '../reads/request-reads.ts'
import { PostgresRequestRows } from '../request-rows.ts'
import type { PostgresParts } from './parts.ts'

export function requestMethods(parts: PostgresParts): RequestMethods {
  const { database, clock, lookup, notes, stepSize } = parts
  const reads = new RequestReads(database, clock)
  return {
    addRequests: (params) => parts.onQueue('addRequests', params),

    async getRequest(params) {
      const queueId = await lookup.idAt(params)
      const { view, readAt } = await reads.read(queueId, params)
      // A request that comes without its texts was not read (7.4).
      if (view.longBytes === undefined) notes.add(queueId, { readCount: 1, accessedAt: readAt })
      return view
    },

    updateRequest: (params) => parts.onQueue('updateRequest', params),
    deleteRequest: (params) => parts.onQueue('deleteRequest', params),

    async deleteRequests(params) {
      const queueId = await lookup.idAt(params)
      await deleteInSteps(params, (step) => parts.step(queueId, 'deleteRequests', { ...step, stepSize }))
    },

    async listRequests(params) {
      const queueId = await lookup.idAt(params)
      const rows = new PostgresRequestRows(database, clock, queueId, params, 'read')
      const { readAt, ...page } = await listRequests(rows, params)
      const { userId, client } = params
      if (client !== null) {
        const note = { userId, queue: { queueId }, client, readCount: page.items.length, readAt }
        await parts.onQueue('noteReads', note)
      }
      return page
    },
  }
}
