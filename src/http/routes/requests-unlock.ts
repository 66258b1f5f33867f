import { Type } from 'typebox'
import type { Store } from '../../store/store.ts'
import { operation } from '../api/operation.ts'
import { clientKey, dataOf, QueueParams } from '../api/schemas.ts'
import type { App } from '../app.ts'
import { clientOf, queueParams } from '../call.ts'
import { shortAnswerBytesMax } from '../overload/answer-size.ts'

const unlock = operation({
  id: 'requestQueue_requests_unlock_post',
  tag: 'Head and locks',
  summary: 'Unlock requests',
  description:
    'Gives back every request that the client key holds and, when the token was issued for a run, every ' +
    'request that the run holds. Very many are given back in several steps, between which other calls come.',
  params: QueueParams,
  query: Type.Object({ clientKey }),
  answerBytesMax: shortAnswerBytesMax,
  answers: {
    200: dataOf(
      'They are available at once.',
      Type.Object({
        unlockedCount: Type.Integer({ description: 'How many locks were alive and are gone now.' }),
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
