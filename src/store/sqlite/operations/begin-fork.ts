import { isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import { foldedName, isQueueName, type QueueView } from '../../../domain/queue.ts'
import type { BeginFork } from '../../jobs/run-fork.ts'
import { SqliteQueueSession } from '../session/queue-session.ts'
import type { Session } from '../session/session.ts'
import { createQueue } from './get-or-create-queue.ts'

/** Makes the queue of a fork, and stores the job that copies to it (14.6). */
export function beginFork(session: Session, params: BeginFork): QueueView | Refusal {
  const { userId, name, selection, jobId } = params
  const source = session.queue(params, 'read')
  if (isRefusal(source)) return source
  if (!isQueueName(name)) return { refused: 'queueNameInvalid' }
  const sameName = session
    .statement('SELECT 1 FROM queues WHERE owner_id = ? AND name_folded = ?')
    .get(userId, foldedName(name))
  if (sameName !== undefined) return { refused: 'forkNameTaken', values: { name } }
  const { now } = session
  source.accessed(now)
  const fork = createQueue(session, { userId, name })
  fork.lastSequence = source.lastSequence
  fork.described()
  const { lastSequence, id: sourceId } = source
  new SqliteQueueSession(session, fork).putJob({
    id: jobId,
    queueId: fork.id,
    ownerId: userId,
    task: { kind: 'fork', sourceId, selection, forkedAt: now, lastSequence },
    state: 'running',
    cursor: '',
    matched: 0,
    done: 0,
    startedAt: now,
    endedAt: null,
    problem: null,
  })
  return fork.view()
}
