import { Type } from 'typebox'
import { limits } from '../../../domain/limits.ts'
import type { Store } from '../../../store/store.ts'
import { operation } from '../../api/operation.ts'
import { renderQueue } from '../../api/render.ts'
import { dataOf, Queue, QueueParams, reference } from '../../api/schemas.ts'
import type { App } from '../../app.ts'
import { queueParams } from '../../call.ts'
import type { Entrance } from '../../entrance.ts'
import { shortAnswerBytesMax } from '../../overload/answer-size.ts'
import { forkIn } from '../../validation/action.ts'
import { checkedBy } from '../../validation/own-check.ts'
import { answerWithinMs, selectionFields } from './actions.ts'

const ForkBody = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: limits.queueNameLengthMax,
      description: 'The name of the new queue.',
    }),
    ...selectionFields,
  },
  { additionalProperties: false, examples: [{ name: 'second-try' }] },
)

const fork = operation({
  id: 'fork_post',
  tag: 'Jobs',
  summary: 'Fork queue',
  description:
    'Makes a queue with copies of requests: pending, in order, with a `retryCount` of 0 and without errors. Without `ids` ' +
    'and `filter` all requests are copied. The queue itself and its requests stay as they are. What takes longer than a ' +
    'second becomes a job.',
  params: QueueParams,
  body: checkedBy(ForkBody, forkIn),
  answerBytesMax: shortAnswerBytesMax,
  answers: {
    201: dataOf('The new queue.', reference(Queue), {
      headers: { Location: { type: 'string', description: 'The absolute URL of the queue.' } },
    }),
    202: dataOf(
      'The queue is made, and a job goes on copying.',
      Type.Object({ jobId: Type.String(), queueId: Type.String({ description: 'The new queue.' }) }),
    ),
  },
  refusals: ['queueNotFound', 'queueNameInvalid', 'forkNameTaken'],
})

export function addForkRoute(app: App, store: Store, entrance: Entrance): void {
  app.post('/headlock/v1/queues/:queueId/fork', fork, async (request, reply) => {
    const asked = forkIn(request.body)
    const { queue, jobId } = await store.forkQueue({ ...queueParams(request), ...asked, answerWithinMs })
    const baseUrl = entrance.baseUrlOf(request)
    reply.header('location', `${baseUrl}/v2/request-queues/${queue.id}`)
    if (jobId !== null) return reply.code(202).send({ data: { jobId, queueId: queue.id } })
    return reply.code(201).send({ data: renderQueue(queue, baseUrl) })
  })
}
