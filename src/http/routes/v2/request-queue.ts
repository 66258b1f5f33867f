import { Type } from 'typebox'
import type { Store } from '../../../store/store.ts'
import { operation } from '../../api/operation.ts'
import { descriptionOf, queueDescription } from '../../api/queue-fields.ts'
import { renderQueue } from '../../api/render.ts'
import { dataOf, Queue, QueueParams, reference } from '../../api/schemas.ts'
import type { App } from '../../app.ts'
import { queueParams } from '../../call.ts'
import type { Entrance } from '../../entrance.ts'
import { shortAnswerBytesMax } from '../../overload/answer-size.ts'

const get = operation({
  id: 'requestQueue_get',
  tag: 'Queues',
  summary: 'Get a queue',
  description: 'The properties of the queue, its counts and its statistics. The counts are exact.',
  params: QueueParams,
  answerBytesMax: shortAnswerBytesMax,
  answers: { 200: dataOf('The queue.', reference(Queue)) },
  refusals: ['queueNotFound'],
})

const update = operation({
  id: 'requestQueue_put',
  tag: 'Queues',
  summary: 'Update a queue',
  description:
    'Changes the name, the title or the access of the queue. Fields that are left out stay unchanged.',
  params: QueueParams,
  body: Type.Object(
    {
      name: Type.Optional(
        Type.Unsafe<string | null>({
          type: ['string', 'null'],
          description: 'The new name. Null or an empty text removes the name.',
        }),
      ),
      ...queueDescription,
    },
    { examples: [{ name: 'my-queue' }] },
  ),
  misplaced: {
    name: 'it belongs in the JSON body',
    title: 'it belongs in the JSON body',
    generalAccess: 'it belongs in the JSON body',
  },
  answerBytesMax: shortAnswerBytesMax,
  answers: { 200: dataOf('The queue as it is now.', reference(Queue)) },
  refusals: ['queueNotFound', 'queueNameInvalid', 'queueNameNotUnique'],
})

const remove = operation({
  id: 'requestQueue_delete',
  tag: 'Queues',
  summary: 'Delete a queue',
  description: 'Deletes the queue and all its requests at once, no matter how many there are.',
  params: QueueParams,
  answerBytesMax: shortAnswerBytesMax,
  answers: { 204: 'It is gone.' },
  refusals: ['queueNotFound'],
})

export function addRequestQueueRoutes(app: App, store: Store, entrance: Entrance): void {
  app.get('/v2/request-queues/:queueId', get, async (request) => {
    const queue = await store.getQueue(queueParams(request))
    return { data: renderQueue(queue, entrance.baseUrlOf(request)) }
  })

  app.put('/v2/request-queues/:queueId', update, async (request) => {
    const { name } = request.body
    const queue = await store.updateQueue({
      ...queueParams(request),
      // Lists show an empty text when a queue has no name, and clients may send back what they read (rule 2.9).
      ...(name === undefined ? {} : { name: name || null }),
      ...descriptionOf(request.body),
    })
    return { data: renderQueue(queue, entrance.baseUrlOf(request)) }
  })

  app.delete('/v2/request-queues/:queueId', remove, async (request, reply) => {
    await store.deleteQueue(queueParams(request))
    return reply.code(204).send()
  })
}
