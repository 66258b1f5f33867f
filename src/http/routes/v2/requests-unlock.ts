import { Type } from 'typebox'
import type { Store } from '../../../store/store.ts'
import { operation } from '../../api/operation.ts'
import { clientKey, dataOf, QueueParams } from '../../api/schemas.ts'
import type { App } from '../../app.ts'
import { clientOf, queueParams } from '../../call.ts'
import { shortAnswerBytesMax } from '../../overload/answer-size.ts'

const unlock = operation({
  id: 'requestQueue_requests_unlock_post',
  tag: 'Head and locks',
  summary: 'Unlock requests',
  description:
    'Releases every lock of the client key and, when the token was issued for a run, every lock of that ' +
    'run. Very many locks are released in several steps, and other calls run between these steps.',
  params: QueueParams,
  query: Type.Object({ clientKey }),
  answerBytesMax: shortAnswerBytesMax,
  answers: {
    200: dataOf(
      'The requests are available at once.',
      Type.Object({
        unlockedCount: Type.Integer({ description: 'How many locks were released.' }),
      }),
    ),
  },
  refusals: ['queueNotFound'],
})

export function addRequestsUnlockRoutes(app: App, store: Store): void {
  app.post('/v2/request-queues/:queueId/requests/unlock', unlock, async (request) => {
    const data = await store.unlockRequests({
      ...queueParams(request),
      client: clientOf(request),
      hasClientKey: request.query.clientKey !== undefined,
    })
    return { data }
  })
}
