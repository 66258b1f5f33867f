import { Type } from 'typebox'
import type { Store } from '../../../store/store.ts'
import { Failures } from '../../api/insight-schema.ts'
import { operation } from '../../api/operation.ts'
import { dataOf, pageLimitOf, QueueParams, reference } from '../../api/schemas.ts'
import type { App } from '../../app.ts'
import { queueParams } from '../../call.ts'
import { failuresBytesMax } from '../../overload/answer-size.ts'
import { pageLimit } from '../../validation/query.ts'

const limitByDefault = 100
const limitMax = 1000

const list = operation({
  id: 'failures_get',
  tag: 'Insight',
  summary: 'List failures',
  description:
    'What requests failed with, most first: the first line of their last error message, without the numbers, addresses and ' +
    'IDs in it. The requests themselves are found with `state=failed`.',
  params: QueueParams,
  query: Type.Object({ limit: pageLimitOf(limitByDefault, limitMax) }),
  answerBytesMax: failuresBytesMax,
  answers: { 200: dataOf('The failures.', reference(Failures)) },
  refusals: ['queueNotFound'],
})

export function addFailureRoutes(app: App, store: Store): void {
  app.get('/headlock/v1/queues/:queueId/failures', list, async (request) => {
    const limit = pageLimit(request.query.limit, limitByDefault, limitMax)
    const { items, isCapped } = await store.listFailures({ ...queueParams(request), limit })
    return { data: { items, capped: isCapped } }
  })
}
