import { isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import type { Store, StoreMethod } from '../../store.ts'
import type { Session } from '../session.ts'
import { createToken, ensureUser, findUser, listTokens, revokeToken } from './accounts.ts'
import { addRequests } from './add-requests.ts'
import { check } from './check.ts'
import { deleteLock } from './delete-lock.ts'
import { deleteQueue } from './delete-queue.ts'
import { deleteRequest } from './delete-request.ts'
import { deleteRequests } from './delete-requests.ts'
import { expireQueues } from './expire-queues.ts'
import { getOrCreateQueue } from './get-or-create-queue.ts'
import { getQueue } from './get-queue.ts'
import { listHead } from './list-head.ts'
import { listQueues } from './list-queues.ts'
import { lockHead } from './lock-head.ts'
import { type NoteReads, noteReads } from './note-reads.ts'
import { prolongLock } from './prolong-lock.ts'
import { returnLocks } from './return-locks.ts'
import { unlockRequests } from './unlock-requests.ts'
import { updateQueue } from './update-queue.ts'
import { updateRequest } from './update-request.ts'

/** What the reading connection answers (reader.ts); everything else is an operation of the storage thread. */
type ReaderMethod = 'findQueueId' | 'getRequest' | 'listRequests' | 'findAccess'

/** An operation: one atomic step on the writing connection. It checks before it writes, and a refusal writes nothing. */
export type Operation<Ask, Answer> = (session: Session, ask: Ask) => Answer | Refusal

type StoreOperations = {
  [M in Exclude<StoreMethod, ReaderMethod>]: Operation<Parameters<Store[M]>[0], Awaited<ReturnType<Store[M]>>>
}

/** Every operation by its name in the store's interface; the name is what crosses to the storage thread. */
export const operations = {
  listQueues,
  getOrCreateQueue,
  getQueue,
  updateQueue,
  deleteQueue,
  addRequests,
  updateRequest,
  deleteRequest,
  deleteRequests,
  listHead,
  lockHead,
  returnLocks,
  prolongLock,
  deleteLock,
  unlockRequests,
  expireQueues,
  check,
  ping: () => undefined,
  ensureUser: ({ db, now }, { username }) => ensureUser(db, username, now),
  findUser: ({ db }, { username }) => findUser(db, username),
  createToken: ({ db, now }, ask) => createToken(db, ask, now),
  listTokens: ({ db }) => listTokens(db),
  revokeToken: ({ db }, { id }) => revokeToken(db, id),
  noteReads,
} satisfies StoreOperations & { noteReads: Operation<NoteReads, void> }

export type OperationName = keyof typeof operations

/** Runs one by its name. */
export function perform(session: Session, name: OperationName, ask: unknown): { answer: unknown } | Refusal {
  const operation = operations[name] as Operation<unknown, unknown>
  const answer = operation(session, ask)
  if (typeof answer === 'object' && isRefusal(answer)) return answer as Refusal
  return { answer }
}
