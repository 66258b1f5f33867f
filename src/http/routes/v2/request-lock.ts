import { Type } from 'typebox'
import type { Store } from '../../../store/store.ts'
import { operation } from '../../api/operation.ts'
import { lockText } from '../../api/render.ts'
import { clientKey, dataOf, forefront, lockExpiresAt, lockSecs, RequestParams } from '../../api/schemas.ts'
import { clientOf, queueParams, toLockMs, toSide } from '../../call.ts'
import { shortAnswerBytesMax } from '../../overload/answer-size.ts'
import type { Routes } from '../routes.ts'

const prolong = operation({
  id: 'requestQueue_request_lock_put',
  tag: 'Head and locks',
  summary: 'Prolong request lock',
  description:
    'Extends the lock, counted from now. The client that holds it and all clients of its run may do so. A ' +
    'client whose lock has expired gets the request back, unless another client has locked it since.',
  params: RequestParams,
  query: Type.Object({
    lockSecs,
    clientKey,
    forefront: forefront(
      'Where the request goes when the lock expires: to the head or to the end. Left out: as before.',
    ),
  }),
  answerBytesMax: shortAnswerBytesMax,
  answers: { 200: dataOf('The lock holds.', Type.Object({ lockExpiresAt })) },
  refusals: ['queueNotFound', 'requestNotFound', 'requestLockedByOther', 'requestHandled', 'lockNotHeld'],
  rateClass: 'single',
})

const remove = operation({
  id: 'requestQueue_request_lock_delete',
  tag: 'Head and locks',
  summary: 'Delete request lock',
  description:
    'Releases the lock, so the request is available at once. Changes nothing when there is no lock.',
  params: RequestParams,
  query: Type.Object({
    clientKey,
    forefront: forefront('Where the request goes: to the head or to the end.'),
  }),
  answerBytesMax: shortAnswerBytesMax,
  answers: { 204: 'Nobody holds it.' },
  refusals: ['queueNotFound', 'requestNotFound', 'requestLockedByOther', 'requestHandled'],
  rateClass: 'single',
})

export function addRequestLockRoutes(routes: Routes, store: Store): void {
  const path = '/v2/request-queues/:queueId/requests/:requestId/lock'

  routes.add(['PUT', path], prolong, 200, async (request) => {
    const { lockSecs, forefront } = request.query
    const { lockExpiresAt } = await store.prolongLock({
      ...queueParams(request),
      requestId: request.params.requestId,
      client: clientOf(request),
      lockMs: toLockMs(lockSecs),
      // Without the parameter, the request keeps its side of the queue (rule 3.3).
      side: forefront === undefined ? undefined : toSide(forefront),
    })
    return lockText(lockExpiresAt)
  })

  routes.add(['DELETE', path], remove, 204, async (request) => {
    await store.deleteLock({
      ...queueParams(request),
      requestId: request.params.requestId,
      client: clientOf(request),
      side: toSide(request.query.forefront),
    })
    return null
  })
}
