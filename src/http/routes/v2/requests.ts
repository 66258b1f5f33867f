import { Type } from 'typebox'
import { limits } from '../../../domain/limits.ts'
import { cursorAfter, requestIdIn } from '../../api/cursor.ts'
import { operation } from '../../api/operation.ts'
import { registrationText, requestPageText } from '../../api/render.ts'
import { requestContentOf } from '../../api/request-content.ts'
import { Request, RequestBody } from '../../api/request-schema.ts'
import {
  clientKey,
  dataOf,
  forefront,
  oneOf,
  pageLimitOf,
  QueueParams,
  Registration,
  reference,
} from '../../api/schemas.ts'
import type { ReadingParts } from '../../body/reading-parts.ts'
import { clientOf, queueParams, readingClientOf, sendText, toSide } from '../../call.ts'
import { invalidInput } from '../../errors/errors.ts'
import { requestListBytesMax, shortAnswerBytesMax } from '../../overload/answer-size.ts'
import { pageLimit } from '../../validation/query.ts'
import type { Routes } from '../routes.ts'

const list = operation({
  id: 'requestQueue_requests_get',
  tag: 'Requests',
  summary: 'List requests',
  description:
    'The requests of the queue, page by page. A client that follows `nextCursor` gets every request that ' +
    'existed all the time exactly once, no matter what changes meanwhile.',
  params: QueueParams,
  query: Type.Object({
    limit: pageLimitOf(limits.listRequestsDefault, limits.listRequestsMax),
    cursor: Type.Optional(Type.String({ description: 'The `nextCursor` of the previous page.' })),
    exclusiveStartId: Type.Optional(
      Type.String({
        deprecated: true,
        description: 'Only requests whose ID comes after this one. Not together with `cursor` or `filter`.',
      }),
    ),
    filter: Type.Optional(
      Type.Array(oneOf(['locked', 'pending']), {
        description:
          'Only requests in one of these states, separated by commas. Left out: all requests, including handled ones.',
      }),
    ),
    clientKey,
  }),
  answerBytesMax: requestListBytesMax,
  answers: {
    200: dataOf(
      'A page of requests.',
      Type.Object({
        items: Type.Array(reference(Request)),
        limit: Type.Integer(),
        exclusiveStartId: Type.Optional(Type.String()),
        cursor: Type.Optional(Type.String()),
        nextCursor: Type.Optional(Type.String({ description: 'Present when there are more requests.' })),
      }),
    ),
  },
  refusals: ['queueNotFound'],
  misplaced: { offset: 'the next page begins where `cursor` says, with the `nextCursor` of the one before' },
})

const add = operation({
  id: 'requestQueue_requests_post',
  tag: 'Requests',
  summary: 'Add request',
  description: 'Adds the request. Changes nothing if the queue already has its unique key.',
  params: QueueParams,
  query: Type.Object({
    clientKey,
    forefront: forefront('Whether to add it before all other requests, not after them.'),
  }),
  body: RequestBody,
  answerBytesMax: shortAnswerBytesMax,
  answers: { 201: dataOf('It is in the queue.', reference(Registration)) },
  refusals: ['queueNotFound', 'requestIdInvalid'],
  rateClass: 'single',
})

export function addRequestsRoutes(routes: Routes, { store, admission, damaged }: ReadingParts): void {
  routes.app.get('/v2/request-queues/:queueId/requests', list, async (request, reply) => {
    const { cursor, exclusiveStartId, filter = null } = request.query
    if (exclusiveStartId !== undefined && (cursor !== undefined || filter !== null)) {
      throw invalidInput(
        'the query parameter exclusiveStartId cannot be given together with cursor or filter',
      )
    }
    const limit = pageLimit(request.query.limit, limits.listRequestsDefault, limits.listRequestsMax)
    const afterId = cursor === undefined ? (exclusiveStartId ?? null) : requestIdIn(cursor)
    const { listBytesMax: lengthMax } = admission
    const params = {
      ...queueParams(request),
      client: readingClientOf(request),
      limit,
      lengthMax,
      afterId,
      filter,
    }
    const page = await store.listRequests(params)
    damaged.leftOut(request.params.queueId, page.damagedIds)
    const last = page.items.at(-1)
    const nextCursor = page.hasMore && last !== undefined ? cursorAfter(last.id) : null
    return sendText(reply, requestPageText(page, { limit, cursor, exclusiveStartId }, nextCursor))
  })

  routes.add(['POST', '/v2/request-queues/:queueId/requests'], add, 201, async (request) => {
    const [result] = await store.addRequests({
      ...queueParams(request),
      client: clientOf(request),
      requests: [requestContentOf(request.body)],
      side: toSide(request.query.forefront),
    })
    return registrationText(result!)
  })
}
