import { Type } from 'typebox'
import type { Store } from '../../store/store.ts'
import { operation } from '../api/operation.ts'
import { lockText } from '../api/render.ts'
import { clientKey, dataOf, forefront, lockExpiresAt, lockSecs, RequestParams } from '../api/schemas.ts'
import type { App } from '../app.ts'
import { clientOf, queueParams, sendText, sideAsked, toLockMs } from '../call.ts'
import { shortAnswerBytesMax } from '../overload/answer-size.ts'

const prolong = operation({
  id: 'requestQueue_request_lock_put',
  tag: 'Head and locks',
  summary: 'Prolong request lock',
  description:
    'Counts the lock anew from now, for the client that holds it and for all clients of its run. A ' +
    'client whose lock has run out takes the request back, if nobody else has taken it since.',
  params: RequestParams,
  query: Type.Object({
    lockSecs,
    clientKey,
    forefront: forefront(
      'Where it goes when the lock runs out: to the head or to the end. Left out: as before.',
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
  description: 'Gives the request back: it is available at once. Nothing changes when nobody holds it.',
  params: RequestParams,
  query: Type.Object({
    clientKey,
    forefront: forefront('Where it goes: to the head or to the end.'),
  }),
  answerBytesMax: shortAnswerBytesMax,
  answers: { 204: 'Nobody holds it.' },
  refusals: ['queueNotFound', 'requestNotFound', 'requestLockedByOther', 'requestHandled'],
  rateClass: 'single',
})

export function addRequestLockRoutes(app: App, store: Store): void {
  app.put('/v2/request-queues/:queueId/requests/:requestId/lock', prolong, async (request, reply) => {
    const { lockSecs, forefront } = request.query
    const { lockExpiresAt } = await store.prolongLock({
      ...queueParams(request),
      requestId: request.params.requestId,
      client: clientOf(request),
      lockMs: toLockMs(lockSecs),
      // Left out, the request keeps the side it has (rule 3.3).
      side: forefront === undefined ? undefined : sideAsked(forefront),
    })
    return sendText(reply, lockText(lockExpiresAt))
  })

  app.delete('/v2/request-queues/:queueId/requests/:requestId/lock', remove, async (request, reply) => {
    await store.deleteLock({
      ...queueParams(request),
      requestId: request.params.requestId,
      client: clientOf(request),
      side: sideAsked(request.query.forefront),
    })
    return reply.code(204).send()
  })
}
