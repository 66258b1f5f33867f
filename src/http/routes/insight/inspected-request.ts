import { FoundRequest } from '../../api/insight-schema.ts'
import { operation } from '../../api/operation.ts'
import { foundRequestAnswerText } from '../../api/render.ts'
import { dataOf, RequestParams, reference } from '../../api/schemas.ts'
import type { App } from '../../app.ts'
import type { ReadingParts } from '../../body/reading-parts.ts'
import { queueParams, sendText } from '../../call.ts'
import { requestListBytesMax } from '../../overload/answer-size.ts'

const get = operation({
  id: 'request_inspect',
  tag: 'Insight',
  summary: 'Look at a request',
  description:
    'The same as "Get request", with its state, for people who look: it is no access of the queue, and who looks is no client of it.',
  params: RequestParams,
  // A request may be as long as a page.
  answerBytesMax: requestListBytesMax,
  answers: { 200: dataOf('The request.', reference(FoundRequest)) },
  refusals: ['queueNotFound', 'requestNotFound'],
})

/** Adds the look at one request (14.4). */
export function addInspectedRequestRoute(
  app: App,
  { store, damaged }: Omit<ReadingParts, 'admission'>,
): void {
  app.get('/headlock/v1/queues/:queueId/requests/:requestId', get, async (request, reply) => {
    const { queueId, requestId } = request.params
    const found = await store.inspectRequest({ ...queueParams(request), requestId })
    damaged.assertShown(queueId, found)
    return sendText(reply, foundRequestAnswerText(found))
  })
}
