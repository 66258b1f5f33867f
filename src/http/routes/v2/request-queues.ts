import { Type } from 'typebox'
import { limits } from '../../../domain/limits.ts'
import { queueNamePattern } from '../../../domain/queue.ts'
import type { Store } from '../../../store/store.ts'
import { operation } from '../../api/operation.ts'
import {
  descriptionOf,
  type QueueDescription,
  queueDescription,
  queueNameOf,
} from '../../api/queue-fields.ts'
import { renderListedQueue, renderQueue } from '../../api/render.ts'
import { dataOf, ListedQueue, oneOf, pageLimitOf, Queue, reference } from '../../api/schemas.ts'
import type { App } from '../../app.ts'
import { sendText } from '../../call.ts'
import type { Entrance } from '../../entrance.ts'
import { queueListBytesMax, shortAnswerBytesMax } from '../../overload/answer-size.ts'
import { pageLimit } from '../../validation/query.ts'

const list = operation({
  id: 'requestQueues_get',
  tag: 'Queues',
  summary: 'List queues',
  description: 'Your queues in the order in which they were created.',
  query: Type.Object({
    offset: Type.Optional(Type.Integer({ minimum: 0, default: 0, description: 'How many to skip.' })),
    limit: pageLimitOf(limits.listQueuesMax, limits.listQueuesMax),
    desc: Type.Optional(Type.Boolean({ default: false, description: 'Newest first.' })),
    unnamed: Type.Optional(
      Type.Boolean({ default: false, description: 'Whether to include queues without a name.' }),
    ),
    ownership: Type.Optional(
      oneOf(['ownedByMe', 'sharedWithMe'], 'Only your own queues, or only those that others share with you.'),
    ),
  }),
  answerBytesMax: queueListBytesMax,
  answers: {
    200: dataOf(
      'A page of queues.',
      Type.Object({
        total: Type.Integer(),
        offset: Type.Integer(),
        limit: Type.Integer(),
        desc: Type.Boolean(),
        unnamed: Type.Boolean(),
        count: Type.Integer({ description: 'How many queues are on this page.' }),
        items: Type.Array(reference(ListedQueue)),
      }),
    ),
  },
  misplaced: { name: 'GET /v2/request-queues/~NAME is the queue of that name' },
})

/** Most clients send no body. PHP sends an object without members as an empty list. */
const QueueToMake = Type.Unsafe<({ readonly name?: string | null } & QueueDescription) | null>({
  type: ['object', 'array', 'null'],
  properties: {
    name: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'The name, if it is not in the query.',
    }),
    ...queueDescription,
  },
  maxItems: 0,
  examples: [{ name: 'my-queue' }],
})

const getOrCreate = operation({
  id: 'requestQueues_post',
  tag: 'Queues',
  summary: 'Get or create a queue',
  description:
    'The queue of that name, which is created if it does not exist. The name is in the query or in a JSON body, which ' +
    'may describe a queue that is made. Without a name it makes a new queue that is deleted when nobody ' +
    'has used it for a while.',
  query: Type.Object({
    name: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: limits.queueNameLengthMax,
        pattern: queueNamePattern.source,
        description:
          '1 to 63 letters, digits and hyphens, without a hyphen at either end. Case is ignored in comparisons.',
        examples: ['my-queue'],
      }),
    ),
  }),
  body: QueueToMake,
  misplaced: {
    title: 'it belongs in the JSON body',
    generalAccess: 'it belongs in the JSON body',
  },
  answerBytesMax: shortAnswerBytesMax,
  answers: {
    200: dataOf('It was there.', reference(Queue)),
    201: dataOf('It was made.', reference(Queue), {
      headers: { Location: { type: 'string', description: 'The absolute URL of the queue.' } },
    }),
  },
  refusals: ['queueNameInvalid'],
})

export function addRequestQueuesRoutes(app: App, store: Store, entrance: Entrance): void {
  app.get('/v2/request-queues', list, async ({ caller, query }, reply) => {
    const { offset = 0, desc = false, unnamed = false, ownership = null } = query
    const limit = pageLimit(query.limit, limits.listQueuesMax)
    const page = await store.listQueues({ userId: caller.userId, offset, limit, desc, unnamed, ownership })
    const items = page.items.map(renderListedQueue)
    const data = { total: page.total, offset, limit, desc, unnamed, count: items.length, items }
    return sendText(reply, JSON.stringify({ data }))
  })

  app.post('/v2/request-queues', getOrCreate, async (request, reply) => {
    const { userId } = request.caller
    const body = request.body ?? {}
    const name = queueNameOf(request.query.name, body.name)
    const { queue, created } = await store.getOrCreateQueue({ userId, name, ...descriptionOf(body) })
    const baseUrl = entrance.baseUrlOf(request)
    if (created) reply.code(201).header('location', `${baseUrl}/v2/request-queues/${queue.id}`)
    return { data: renderQueue(queue, baseUrl) }
  })
}
