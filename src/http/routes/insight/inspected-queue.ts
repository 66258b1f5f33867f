import type { Store } from '../../../store/store.ts'
import { operation } from '../../api/operation.ts'
import { renderQueue } from '../../api/render.ts'
import { dataOf, Queue, QueueParams, reference } from '../../api/schemas.ts'
import type { App } from '../../app.ts'
import { queueParams } from '../../call.ts'
import type { Entrance } from '../../entrance.ts'
import { shortAnswerBytesMax } from '../../overload/answer-size.ts'

const get = operation({
  id: 'queue_inspect',
  tag: 'Queues',
  summary: 'Look at a queue',
  description:
    'The same as "Get a queue", for people who look: it is not an access, so a queue that is only looked at expires, and who looks ' +
    'is no client of it.',
  params: QueueParams,
  answerBytesMax: shortAnswerBytesMax,
  answers: { 200: dataOf('The queue.', reference(Queue)) },
  refusals: ['queueNotFound'],
})

export function addInspectedQueueRoute(app: App, store: Store, entrance: Entrance): void {
  app.get('/headlock/v1/queues/:queueId', get, async (request) => {
    const { queue } = await store.inspectQueue(queueParams(request))
    return { data: renderQueue(queue, entrance.baseUrlOf(request)) }
  })
}
