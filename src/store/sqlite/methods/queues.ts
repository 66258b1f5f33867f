import type { QueueMethods } from '../../methods/queues.ts'
import type { SqliteParts } from './parts.ts'

export function queueMethods(parts: SqliteParts): QueueMethods {
  return {
    listQueues: parts.stepped.listQueues,
    getOrCreateQueue: (params) => parts.perform('getOrCreateQueue', params),
    getQueue: (params) => parts.perform('getQueue', params),
    inspectQueue: (params) => parts.perform('inspectQueue', params),
    findQueueId: (params) => parts.read((reader) => reader.findQueueId(params)),
    updateQueue: (params) => parts.perform('updateQueue', params),
    deleteQueue: (params) => parts.perform('deleteQueue', params),
  }
}
