import type { RequestMethods } from '../../methods/requests.ts'
import type { SqliteParts } from './parts.ts'

export function requestMethods(parts: SqliteParts): RequestMethods {
  return {
    addRequests: (params) => parts.perform('addRequests', params),

    async getRequest(params) {
      const { view, counted, readAt, queueId } = await parts.read((reader) => reader.getRequest(params))
      if (!counted) {
        const { userId } = params
        const note = { userId, queue: { queueId }, client: null, readCount: 1, readAt }
        await parts.calls.call('noteReads', note)
      }
      return view
    },

    updateRequest: (params) => parts.perform('updateRequest', params),
    deleteRequest: (params) => parts.perform('deleteRequest', params),
    deleteRequests: parts.stepped.deleteRequests,

    async listRequests(params) {
      const { readAt, queueId, ...page } = await parts.read((reader) => reader.listRequests(params))
      const { userId, client } = params
      if (client === null) return page
      const note = { userId, queue: { queueId }, client, readCount: page.items.length, readAt }
      await parts.calls.call('noteReads', note)
      return page
    },
  }
}
