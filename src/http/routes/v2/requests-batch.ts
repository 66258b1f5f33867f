import { type Static, Type } from 'typebox'
import { requestIdOf } from '../../../domain/identity.ts'
import { limits } from '../../../domain/limits.ts'
import { httpMethods } from '../../../domain/request.ts'
import type { Store } from '../../../store/store.ts'
import { operation } from '../../api/operation.ts'
import { addedBatchText } from '../../api/render.ts'
import { requestContentOf, requestIdInvalid } from '../../api/request-content.ts'
import { RequestBody } from '../../api/request-schema.ts'
import { clientKey, dataOf, forefront, oneOf, QueueParams } from '../../api/schemas.ts'
import { clientOf, queueParams, toSide } from '../../call.ts'
import type { Routes } from '../routes.ts'

const batchSize = { minItems: 1, maxItems: limits.batchRequestsMax }

const unprocessedRequests = Type.Array(
  Type.Object({
    id: Type.Optional(Type.String()),
    uniqueKey: Type.Optional(Type.String()),
    url: Type.Optional(Type.String()),
    method: Type.Optional(oneOf(httpMethods)),
  }),
  { description: 'Always empty, because the whole call succeeds or fails.' },
)

const add = operation({
  id: 'requestQueue_requests_batch_post',
  tag: 'Requests',
  summary: 'Add requests',
  description: 'Adds up to 25 requests in the given order, in one step. The answer has the same order.',
  params: QueueParams,
  query: Type.Object({
    clientKey,
    forefront: forefront(
      'Whether to add them before all other requests. The last request of the batch then comes first.',
    ),
  }),
  body: Type.Array(RequestBody, {
    ...batchSize,
    examples: [
      [
        { url: 'https://example.com/1', uniqueKey: 'https://example.com/1' },
        { url: 'https://example.com/2', uniqueKey: 'https://example.com/2' },
      ],
    ],
  }),
  answerBytesMax: 'as its body',
  answers: {
    201: dataOf(
      'They are in the queue.',
      Type.Object({
        processedRequests: Type.Array(
          Type.Object({
            requestId: Type.String(),
            uniqueKey: Type.String(),
            wasAlreadyPresent: Type.Boolean(),
            wasAlreadyHandled: Type.Boolean(),
          }),
        ),
        unprocessedRequests,
      }),
    ),
  },
  refusals: ['queueNotFound', 'requestIdInvalidInBatch'],
  rateClass: 'batch',
})

const text = (description: string) =>
  Type.Optional(Type.Unsafe<string | null>({ type: ['string', 'null'], description }))

const RequestToDelete = Type.Refine(
  Type.Object({ id: text('ID of the request.'), uniqueKey: text('Or its unique key.') }),
  ({ id, uniqueKey }) => typeof id === 'string' || typeof uniqueKey === 'string',
  () => 'needs an id or a uniqueKey',
)
type RequestToDelete = Static<typeof RequestToDelete>

const remove = operation({
  id: 'requestQueue_requests_batch_delete',
  tag: 'Requests',
  summary: 'Delete requests',
  description:
    'Deletes up to 25 requests in one step, each named by its ID or its unique key. A request that does not ' +
    'exist counts as deleted, so that the call can be repeated.',
  params: QueueParams,
  query: Type.Object({ clientKey }),
  body: Type.Array(RequestToDelete, {
    ...batchSize,
    examples: [[{ id: 'sbJ7klsdf7ujN9l' }, { uniqueKey: 'https://example.com/2' }]],
  }),
  answerBytesMax: 'as its body',
  answers: {
    200: dataOf(
      'They are gone.',
      Type.Object({
        processedRequests: Type.Array(
          Type.Object({ id: Type.String(), uniqueKey: Type.Optional(Type.String()) }),
        ),
        unprocessedRequests,
      }),
    ),
  },
  refusals: ['queueNotFound', 'requestIdInvalidInBatch'],
  rateClass: 'batch',
})

export function addRequestsBatchRoutes(routes: Routes, store: Store): void {
  routes.add(['POST', '/v2/request-queues/:queueId/requests/batch'], add, 201, async (request) => {
    const results = await store.addRequests({
      ...queueParams(request),
      client: clientOf(request),
      requests: request.body.map((body, element) => requestContentOf(body, element)),
      side: toSide(request.query.forefront),
    })
    return addedBatchText(results)
  })

  routes.app.delete('/v2/request-queues/:queueId/requests/batch', remove, async (request) => {
    const processedRequests = request.body.map(identityOf)
    await store.deleteRequests({
      ...queueParams(request),
      client: clientOf(request),
      requestIds: processedRequests.map(({ id }) => id),
    })
    return { data: { processedRequests, unprocessedRequests: [] } }
  })
}

/** The requests to delete, each with its ID, and with its unique key if the caller gave it. */
function identityOf(named: RequestToDelete, element: number): { id: string; uniqueKey?: string } {
  if (typeof named.uniqueKey !== 'string') return { id: named.id!.toWellFormed() }
  const uniqueKey = named.uniqueKey.toWellFormed()
  const id = requestIdOf(uniqueKey)
  if (typeof named.id === 'string' && named.id !== id) throw requestIdInvalid(element)
  return { id, uniqueKey }
}
