import { randomId } from '../../../domain/identity.ts'
import { isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import { foldedName, isQueueName, type QueueView } from '../../../domain/queue.ts'
import { valuesAt } from '../../columns/column.ts'
import { newQueueRow, queueNames } from '../../columns/queues.ts'
import type { GetOrCreateQueue } from '../../params/queues.ts'
import type { LoadedQueueRow, QueueState } from '../../queue-state.ts'
import { placeholders, type Stored, toStored } from '../columns.ts'
import { selectQueue } from '../session/queue-row.ts'
import type { Session } from '../session/session.ts'

const insertedNames = ['name_folded', ...queueNames]
const insertQueue = `
  INSERT INTO queues (${insertedNames.join(', ')}) VALUES (${placeholders(insertedNames)})`

/**
 * Gets the queue with that name, or creates one (7.5). The unique index decides if two calls create it at
 * once.
 */
export function getOrCreateQueue(
  session: Session,
  params: GetOrCreateQueue,
): { queue: QueueView; created: boolean } | Refusal {
  if (params.name !== null && !isQueueName(params.name)) return { refused: 'queueNameInvalid' }
  if (params.name !== null) {
    const address = { ownerName: null, queueName: params.name }
    const queue = session.queue({ userId: params.userId, queue: address }, 'read')
    if (!isRefusal(queue)) {
      queue.accessed(session.now)
      return { queue: queue.view(), created: false }
    }
  }
  return { queue: createQueue(session, params).view(), created: true }
}

/** The unique index refuses a name that another queue of the user has. */
export function createQueue(session: Session, params: GetOrCreateQueue): QueueState {
  const { now } = session
  const id = randomId()
  const { userId: ownerId, name, title = null, generalAccess = null } = params
  const queue = newQueueRow({ id, ownerId, name, title, generalAccess }, now)
  const folded = name === null ? null : foldedName(name)
  session.statement(insertQueue).run(folded, ...valuesAt(queueNames, queue).map(toStored))
  session.totals.change(ownerId, 1, name === null ? 0 : 1)
  const row = session
    .statement(`${selectQueue} WHERE queues.id = ?`)
    .get(id) as unknown as Stored<LoadedQueueRow>
  return session.adopt(row)
}
