import type { QueueMethods } from '../../methods/queues.ts'
import type { PostgresParts } from './parts.ts'

export function queueMethods(parts: PostgresParts): QueueMethods {
  const { queues, lookup, purges } = parts
  return {
    listQueues: (params) => queues.list(params),
    getOrCreateQueue: (params) => queues.getOrCreate(params),
    getQueue: (params) => queues.get(params),
    inspectQueue: (params) => queues.inspect(params),
    findQueueId: (params) => lookup.find(params),
    updateQueue: (params) => parts.onQueue('updateQueue', params),
    async deleteQueue(params) {
      await queues.delete(params)
      purges.start()
    },
  }
}
