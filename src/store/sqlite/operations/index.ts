import { isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import type { QueueView } from '../../../domain/queue.ts'
import type { BeginFork } from '../../jobs/run-fork.ts'
import type { FigureMethods } from '../../methods/figures.ts'
import type { InsightMethods } from '../../methods/insight.ts'
import {
  type AnswerOf as AnswerOnQueue,
  isQueueOperation,
  type ParamsOf as ParamsOnQueue,
  perform as performOnQueue,
  type QueueOperationName,
  rightOf,
} from '../../operations/index.ts'
import type { QueueParams } from '../../params/queues.ts'
import type { Store, StoreMethod } from '../../store.ts'
import { deleteEndedJobs } from '../jobs/job-rows.ts'
import { saveFigures, saveSomeFigures } from '../series/save-figures.ts'
import { SqliteQueueSession } from '../session/queue-session.ts'
import type { Session } from '../session/session.ts'
import { createToken, ensureUser, findUser, listTokens, revokeToken } from './accounts.ts'
import { beginFork } from './begin-fork.ts'
import { check } from './check.ts'
import { deleteQueue } from './delete-queue.ts'
import { type ExpireQueuesStep, expireQueues } from './expire-queues.ts'
import { getOrCreateQueue } from './get-or-create-queue.ts'
import { getQueue, inspectQueue } from './get-queue.ts'
import { type ListQueuesStep, listQueues, type QueuesOfStep } from './list-queues.ts'
import { revisitRequests } from './revisit-requests.ts'

/** The methods that the reading connection answers (reader.ts). */
type ReaderMethod =
  | keyof InsightMethods
  | keyof FigureMethods
  | 'findQueueId'
  | 'getRequest'
  | 'listRequests'
  | 'getHeadItems'
  | 'whenAvailable'
  | 'getJob'
  | 'listJobs'
  | 'findCaller'

/** The methods that take several steps (stepped-calls.ts). Here, an operation is one step. */
type SteppedMethod = 'listQueues' | 'expireQueues' | 'forkQueue' | 'continueJobs' | 'stopJob'

/**
 * An operation that is not about the inside of one queue. It is one atomic step on the writing connection. A
 * refused operation writes nothing.
 */
type Operation<Params, Answer> = (session: Session, params: Params) => Answer | Refusal

type StoreOperations = {
  [M in Exclude<StoreMethod, ReaderMethod | SteppedMethod | QueueOperationName>]: Operation<
    Parameters<Store[M]>[0],
    Awaited<ReturnType<Store[M]>>
  >
} & {
  listQueues: Operation<ListQueuesStep, QueuesOfStep>
  expireQueues: Operation<ExpireQueuesStep, ReturnType<typeof expireQueues>>
  saveFigures: Operation<QueueParams, string>
  saveSomeFigures: Operation<undefined, void>
  beginFork: Operation<BeginFork, QueueView>
  deleteEndedJobs: Operation<unknown, void>
}

const storeOperations = {
  listQueues,
  getOrCreateQueue,
  getQueue,
  inspectQueue,
  deleteQueue,
  expireQueues,
  revisitRequests,
  saveFigures,
  saveSomeFigures,
  beginFork,
  deleteEndedJobs,
  check,
  ping: () => undefined,
  ensureUser: ({ db, now }, { username }) => ensureUser(db, username, now),
  findUser: ({ db }, { username }) => findUser(db, username),
  createToken: ({ db, now }, params) => createToken(db, params, now),
  listTokens: ({ db }) => listTokens(db),
  revokeToken: ({ db }, { id }) => revokeToken(db, id),
} satisfies StoreOperations

export const storeOperationNames = Object.keys(storeOperations) as (keyof StoreOperations)[]

/** The operations that the storage thread performs. */
export type OperationName = keyof StoreOperations | QueueOperationName

export type ParamsOf<Name extends OperationName> = Name extends QueueOperationName
  ? ParamsOnQueue<Name>
  : Name extends keyof StoreOperations
    ? Parameters<StoreOperations[Name]>[1]
    : never
export type AnswerOf<Name extends OperationName> = Name extends QueueOperationName
  ? AnswerOnQueue<Name>
  : Name extends keyof StoreOperations
    ? Exclude<ReturnType<StoreOperations[Name]>, Refusal>
    : never

/** Performs an operation by its name. */
export function perform(
  session: Session,
  name: OperationName,
  params: unknown,
): { readonly answer: unknown } | Refusal {
  if (isQueueOperation(name)) {
    const queue = session.queue(params as QueueParams, rightOf(name))
    if (isRefusal(queue)) return queue
    return performOnQueue(new SqliteQueueSession(session, queue), name, params)
  }
  const answer = (storeOperations[name] as Operation<unknown, unknown>)(session, params)
  if (typeof answer === 'object' && isRefusal(answer)) return answer
  return { answer }
}
