import { Type } from 'typebox'
import { HeadlockError } from '../../../domain/errors.ts'
import { shortRequestBytesMax } from '../../../store/request-page.ts'
import { operation } from '../../api/operation.ts'
import { registrationText, requestAnswerText } from '../../api/render.ts'
import { requestContentOf } from '../../api/request-content.ts'
import { Request, RequestBody } from '../../api/request-schema.ts'
import { clientKey, dataOf, forefront, Registration, RequestParams, reference } from '../../api/schemas.ts'
import type { ReadingParts } from '../../body/reading-parts.ts'
import { clientOf, queueParams, toSide } from '../../call.ts'
import { callOf } from '../../call-context.ts'
import { shortAnswerBytesMax } from '../../overload/answer-size.ts'
import type { Routes } from '../routes.ts'

const get = operation({
  id: 'requestQueue_request_get',
  tag: 'Requests',
  summary: 'Get request',
  description: 'The whole request, with its lock while it is locked.',
  params: RequestParams,
  answerBytesMax: shortAnswerBytesMax,
  answers: { 200: dataOf('The request.', reference(Request)) },
  refusals: ['queueNotFound', 'requestNotFound'],
  rateClass: 'single',
})

const update = operation({
  id: 'requestQueue_request_put',
  tag: 'Requests',
  summary: 'Update request',
  description:
    'Replaces the whole request. With `handledAt` it is handled, even if another client holds it. ' +
    'Without `handledAt` it is given back: it is available at once, or after the delay that it asks for, unless ' +
    'another client holds it. A request that does not exist is added.',
  params: RequestParams,
  query: Type.Object({
    clientKey,
    forefront: forefront('Where the request goes when it is released: to the head or to the end.'),
  }),
  body: RequestBody,
  answerBytesMax: shortAnswerBytesMax,
  answers: { 200: dataOf('It is stored.', reference(Registration)) },
  refusals: ['queueNotFound', 'requestIdInvalid'],
  rateClass: 'single',
})

const remove = operation({
  id: 'requestQueue_request_delete',
  tag: 'Requests',
  summary: 'Delete request',
  description: 'Deletes the request, no matter which client holds it.',
  params: RequestParams,
  query: Type.Object({ clientKey }),
  answerBytesMax: shortAnswerBytesMax,
  answers: { 204: 'It is gone.' },
  refusals: ['queueNotFound', 'requestNotFound'],
  rateClass: 'single',
})

export function addRequestRoutes(routes: Routes, { store, admission, damaged }: ReadingParts): void {
  routes.add(['GET', '/v2/request-queues/:queueId/requests/:requestId'], get, 200, async (request) => {
    const { queueId, requestId } = request.params
    const params = { ...queueParams(request), requestId }
    let found = await store.getRequest({ ...params, bytesMax: shortRequestBytesMax })
    if (found.longBytes !== undefined) {
      admission.holdParts(callOf(request.raw), [found.longBytes])
      found = await store.getRequest(params)
    }
    return requestAnswerText(damaged.assertShown(queueId, found))
  })

  routes.add(['PUT', '/v2/request-queues/:queueId/requests/:requestId'], update, 200, async (request) => {
    const content = requestContentOf(request.body)
    if (content.id !== request.params.requestId) throw new HeadlockError('requestIdInvalid')
    const result = await store.updateRequest({
      ...queueParams(request),
      client: clientOf(request),
      request: content,
      side: toSide(request.query.forefront),
    })
    return registrationText(result)
  })

  routes.app.delete('/v2/request-queues/:queueId/requests/:requestId', remove, async (request, reply) => {
    const { requestId } = request.params
    await store.deleteRequest({ ...queueParams(request), client: clientOf(request), requestId })
    return reply.code(204).send()
  })
}
