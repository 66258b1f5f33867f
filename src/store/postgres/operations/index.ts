import type { Refusal } from '../../../domain/lifecycle.ts'
import type { Needs, QueueOperation } from '../operation.ts'
import type { Session } from '../session.ts'
import { addRequests } from './add-requests.ts'
import { deleteLock } from './delete-lock.ts'
import { deleteRequest } from './delete-request.ts'
import { deleteRequests } from './delete-requests.ts'
import { listHead } from './list-head.ts'
import { lockHead } from './lock-head.ts'
import { noteReads } from './note-reads.ts'
import { prolongLock } from './prolong-lock.ts'
import { returnLocks } from './return-locks.ts'
import { unlockRequests } from './unlock-requests.ts'
import { updateQueue } from './update-queue.ts'
import { updateRequest } from './update-request.ts'

/** The calls that share transactions on their queue, by the name of the method. */
export const queueOperations = {
  listHead,
  lockHead,
  addRequests,
  updateRequest,
  deleteRequest,
  deleteRequests,
  returnLocks,
  prolongLock,
  deleteLock,
  unlockRequests,
  noteReads,
  updateQueue,
}

export type QueueOperationName = keyof typeof queueOperations

export type AskOf<Name extends QueueOperationName> =
  (typeof queueOperations)[Name] extends QueueOperation<infer Ask, unknown> ? Ask : never
export type AnswerOf<Name extends QueueOperationName> =
  (typeof queueOperations)[Name] extends QueueOperation<never, infer Answer> ? Answer : never

/** Calls that look at the head come first in a transaction: what they see is what the index has. */
export const looksAtHead: ReadonlySet<QueueOperationName> = new Set(['listHead', 'lockHead'])

export function needsOf(name: QueueOperationName, ask: unknown): Needs {
  return (queueOperations[name] as QueueOperation<unknown, unknown>).needs(ask)
}

/** What a call brings to be written, in bytes. */
export function bytesOf(name: QueueOperationName, ask: unknown): number {
  return (queueOperations[name] as QueueOperation<unknown, unknown>).bytes?.(ask) ?? 0
}

export function perform(session: Session, name: QueueOperationName, ask: unknown): unknown | Refusal {
  return (queueOperations[name] as QueueOperation<unknown, unknown>).perform(session, ask)
}
