import type { Right } from '../../domain/caller.ts'
import { isRefusal, type Refusal } from '../../domain/lifecycle.ts'
import { addRequests } from './add-requests.ts'
import { deleteLock } from './delete-lock.ts'
import { deleteRequest } from './delete-request.ts'
import { deleteRequests } from './delete-requests.ts'
import { actOnRequests } from './jobs/act-on-requests.ts'
import { copyRequests } from './jobs/copy-requests.ts'
import { endJob, startJob } from './jobs/job-ends.ts'
import { listHead } from './list-head.ts'
import { lockHead } from './lock-head.ts'
import { noteReads } from './note-reads.ts'
import type { QueueOperation, ReadSet } from './operation.ts'
import { peekHead } from './peek-head.ts'
import { deletePolicy } from './policy/delete-policy.ts'
import { getPolicy } from './policy/get-policy.ts'
import { putPolicy } from './policy/put-policy.ts'
import { endCooldown, setCooldown } from './policy/set-cooldown.ts'
import { prolongLock } from './prolong-lock.ts'
import type { QueueSession } from './queue-session.ts'
import { returnLocks } from './return-locks.ts'
import { releaseLocks, unlockRequests } from './unlock-requests.ts'
import { updateQueue } from './update-queue.ts'
import { updateRequest } from './update-request.ts'

/**
 * Every operation on one queue, by the name of its method in the store's interface, or by the name of a step
 * of a method.
 */
export const queueOperations = {
  actOnRequests,
  addRequests,
  copyRequests,
  deleteLock,
  deletePolicy,
  deleteRequest,
  deleteRequests,
  endCooldown,
  endJob,
  getPolicy,
  listHead,
  lockHead,
  noteReads,
  peekHead,
  prolongLock,
  putPolicy,
  releaseLocks,
  returnLocks,
  setCooldown,
  startJob,
  unlockRequests,
  updateQueue,
  updateRequest,
}

export type QueueOperationName = keyof typeof queueOperations

export type ParamsOf<Name extends QueueOperationName> =
  (typeof queueOperations)[Name] extends QueueOperation<infer Params, unknown> ? Params : never
export type AnswerOf<Name extends QueueOperationName> =
  (typeof queueOperations)[Name] extends QueueOperation<never, infer Answer> ? Answer : never

/** An operation that is called by its name, so its types are not known. */
type AnyOperation = QueueOperation<unknown, unknown>

export function isQueueOperation(name: string): name is QueueOperationName {
  return Object.hasOwn(queueOperations, name)
}

/** What the caller must be allowed to do to the queue. */
export function rightOf(name: QueueOperationName): Right {
  return queueOperations[name].right
}

export function readSetOf(name: QueueOperationName, params: unknown): ReadSet {
  return (queueOperations[name] as AnyOperation).reads(params)
}

/** How many bytes an operation gives the store to write. */
export function bytesOf(name: QueueOperationName, params: unknown): number {
  return (queueOperations[name] as AnyOperation).bytes?.(params) ?? 0
}

/** How many requests an operation changes. Only known for bulk operations. All others count as 0. */
export function rowsOf(name: QueueOperationName, params: unknown): number {
  return (queueOperations[name] as AnyOperation).rows?.(params) ?? 0
}

/** Performs an operation by its name. */
export function perform(
  session: QueueSession,
  name: QueueOperationName,
  params: unknown,
): { readonly answer: unknown } | Refusal {
  const answer = (queueOperations[name] as AnyOperation).perform(session, params)
  if (typeof answer === 'object' && isRefusal(answer)) return answer
  return { answer }
}
