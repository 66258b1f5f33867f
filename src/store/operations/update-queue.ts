import { foldedName, isQueueName, type QueueView } from '../../domain/queue.ts'
import type { UpdateQueue } from '../params/queues.ts'
import type { QueueOperation } from './operation.ts'

/** Changes the name, title and access of a queue (7.5). Fields that are left out stay as they are. */
export const updateQueue: QueueOperation<UpdateQueue, QueueView> = {
  right: 'manage',
  reads: ({ name = null }) => ({ name }),

  perform(session, { name, title, generalAccess }) {
    const { queue, now } = session
    if (typeof name === 'string') {
      if (!isQueueName(name)) return { refused: 'queueNameInvalid' }
      const holder = session.queueWithName(foldedName(name))
      if (holder !== null && holder !== queue.id) return { refused: 'queueNameNotUnique', values: { name } }
    }
    if (title !== undefined) queue.title = title
    if (generalAccess !== undefined) queue.generalAccess = generalAccess
    queue.described()
    // `modifiedAt` changes only with requests and locks (7.2), not with a new name.
    queue.accessed(now)
    if (name !== undefined) session.rename(name)
    return queue.view()
  },
}
