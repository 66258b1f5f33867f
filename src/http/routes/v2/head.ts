import type { Logger } from 'pino'
import { Type } from 'typebox'
import { HeadlockError } from '../../../domain/errors.ts'
import { limits } from '../../../domain/limits.ts'
import { millisOf } from '../../../domain/time.ts'
import type { Head, LockedHead } from '../../../store/params/head-and-locks.ts'
import type { QueueParams as StoreQueueParams } from '../../../store/params/queues.ts'
import type { Store } from '../../../store/store.ts'
import { HeadAnswers } from '../../api/head-answers.ts'
import { operation } from '../../api/operation.ts'
import { headText, lockedHeadText } from '../../api/render.ts'
import {
  clientKey,
  dataOf,
  HeadItem,
  LockedHeadItem,
  lockSecs,
  pageLimitOf,
  QueueParams,
  reference,
  time,
  waitSecs,
} from '../../api/schemas.ts'
import { clientOf, queueParams, readingClientOf, toLockMs } from '../../call.ts'
import { callOf } from '../../call-context.ts'
import type { Admission } from '../../overload/admission.ts'
import { headBytesMax, shortAnswerBytesMax } from '../../overload/answer-size.ts'
import { pageLimit } from '../../validation/query.ts'
import type { Waiting } from '../../waiting/waiting.ts'
import type { Routes } from '../routes.ts'

const headFields = {
  limit: Type.Integer({ description: 'The most requests that the call would have answered.' }),
  queueModifiedAt: time('When a request or a lock in the queue last changed.'),
  hadMultipleClients: Type.Boolean({ description: 'Whether more than one client has used the queue.' }),
}

const get = operation({
  id: 'requestQueue_head_get',
  tag: 'Head and locks',
  summary: 'Get head',
  description:
    'The first requests of the queue that are not locked, in order. Those that wait for a later moment come last, ' +
    'by that moment. The call locks nothing.',
  params: QueueParams,
  query: Type.Object({ limit: pageLimitOf(limits.headRequestsMax, limits.headRequestsMax), clientKey }),
  answerBytesMax: headBytesMax,
  answers: {
    200: dataOf(
      'The head of the queue.',
      Type.Object({ ...headFields, items: Type.Array(reference(HeadItem)) }),
    ),
  },
  refusals: ['queueNotFound'],
  misplaced: {
    lockSecs: 'it locks nothing; POST head/lock does',
    waitSecs: 'it does not wait; POST head/lock does',
  },
})

const lock = operation({
  id: 'requestQueue_head_lock_post',
  tag: 'Head and locks',
  summary: 'Get head and lock',
  description:
    'Takes the first requests of the queue that nobody holds and locks them for the caller, in one ' +
    'step: nobody else gets them until the lock is deleted or runs out. The same client calling again ' +
    'gets further requests. With waitSecs, the answer waits while there is nothing to take.',
  params: QueueParams,
  query: Type.Object({
    lockSecs,
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: limits.lockHeadRequestsMax,
        default: limits.lockHeadRequestsMax,
        description: 'The most requests to lock.',
      }),
    ),
    waitSecs,
    clientKey,
  }),
  answerBytesMax: shortAnswerBytesMax,
  answers: {
    200: dataOf(
      'The requests that are now locked for the caller.',
      Type.Object({
        ...headFields,
        queueHasLockedRequests: Type.Boolean({
          description: 'Whether any request of this queue is locked, scheduled or held back now.',
        }),
        clientKey: Type.Optional(Type.String({ description: 'The client key of the call, if it had one.' })),
        lockSecs: Type.Integer({ description: 'How many seconds the locks last, rounded up.' }),
        items: Type.Array(reference(LockedHeadItem)),
      }),
    ),
  },
  refusals: ['queueNotFound'],
  rateClass: 'batch',
})

export interface HeadParts {
  readonly store: Store
  readonly admission: Admission
  readonly waiting: Waiting
  readonly logger: Logger
}

export function addHeadRoutes(routes: Routes, { store, admission, waiting, logger }: HeadParts): void {
  const answers = new HeadAnswers(store, admission)
  routes.add(['GET', '/v2/request-queues/:queueId/head'], get, 200, async (request) => {
    const limit = pageLimit(request.query.limit, limits.headRequestsMax)
    const params = queueParams(request)
    const call = callOf(request.raw)
    const head = await store.listHead({ ...params, client: readingClientOf(request), limit })
    const items = await answers.complete(sameQueue(params, head), head.items, call)
    const text = headText({ ...head, items }, limit)
    admission.holdLonger(call, text, headBytesMax)
    return text
  })

  routes.add(['POST', '/v2/request-queues/:queueId/head/lock'], lock, 200, async (request) => {
    const { limit = limits.lockHeadRequestsMax, lockSecs, waitSecs = 0, clientKey } = request.query
    const params = queueParams(request)
    const call = callOf(request.raw)
    const client = clientOf(request)
    const lockHead = { ...params, client, limit, lockMs: toLockMs(lockSecs) }
    const head =
      waitSecs === 0
        ? await store.lockHead(lockHead)
        : await waiting.lockHead(lockHead, millisOf(waitSecs), call)
    const queue = sameQueue(params, head)
    const giveBack = (requestIds: readonly string[]) => {
      if (requestIds.length === 0) return
      const { lockExpiresAt } = head
      store
        .returnLocks({ ...queue, clientKey: client.clientKey, requestIds, lockExpiresAt })
        .catch((error: unknown) => {
          // If the queue is gone, its locks are gone too.
          if (error instanceof HeadlockError && error.errorName === 'queueNotFound') return
          logger.error({ callId: call.id, err: error }, 'locks were not returned')
        })
    }
    let handedOut: LockedHead['items'] = []
    try {
      const items = await answers.complete(queue, head.items, call)
      const text = lockedHeadText({ ...head, items }, { limit, lockSecs, clientKey })
      admission.holdLonger(call, text, shortAnswerBytesMax)
      handedOut = items
      if (items.length > 0) await call.ifUndelivered(() => giveBack(idsOf(items)))
      return text
    } finally {
      // Release the locks of the requests that did not fit into the answer.
      if (handedOut !== head.items) {
        const handedOutIds = idsOf(handedOut)
        giveBack(idsOf(head.items).filter((id) => !handedOutIds.includes(id)))
      }
    }
  })
}

/** Addresses the queue of a head by its ID, because its name may belong to another queue by now. */
function sameQueue({ userId }: StoreQueueParams, { queueId }: Head): StoreQueueParams {
  return { userId, queue: { queueId } }
}

function idsOf(items: LockedHead['items']): string[] {
  return items.map(({ id }) => id)
}
