import { Type } from 'typebox'
import { type RequestHistory, shownEventsMax } from '../../../domain/history/history.ts'
import { verdictOf } from '../../../domain/history/verdict.ts'
import { toIso } from '../../../domain/time.ts'
import type { Store } from '../../../store/store.ts'
import { operation } from '../../api/operation.ts'
import { dataOf, RequestParams, time } from '../../api/schemas.ts'
import { wellFormedJson } from '../../api/well-formed.ts'
import type { App } from '../../app.ts'
import { queueParams, sendText } from '../../call.ts'
import { shortAnswerBytesMax } from '../../overload/answer-size.ts'

const eventNames = ['added', 'locked', 'prolonged', 'givenBack', 'ranOut', 'handled', 'reopened'] as const

const HistoryAnswer = Type.Object({
  events: Type.Array(
    Type.Object({
      at: time('When it happened.'),
      event: Type.Enum([...eventNames], { type: 'string' }),
      clientKey: Type.Union([Type.String(), Type.Null()], {
        description:
          'The client that did it, or whose lock ran out. Null: the server did, by the policy or for the owner.',
      }),
      until: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
        description:
          'The end of the lock, or the moment before which the request is not handed out again. Null: none.',
      }),
    }),
    { maxItems: shownEventsMax, description: 'The last ones, oldest first.' },
  ),
  handedOutTimes: Type.Integer({
    minimum: 0,
    description: 'How often it was handed out since its history began, older events included.',
  }),
  verdict: Type.String({
    description: 'One sentence: how often it was handed out, why more than once, and what is the case now.',
  }),
})

const get = operation({
  id: 'requestHistory_get',
  tag: 'Insight',
  summary: 'Get history of a request',
  description:
    `The last ${shownEventsMax} events of a request, in a queue whose policy has \`history: true\`. A history ends with the ` +
    'policy that keeps it. A look is no use of the queue.',
  params: RequestParams,
  answerBytesMax: shortAnswerBytesMax,
  answers: { 200: dataOf('The history.', HistoryAnswer) },
  refusals: ['queueNotFound', 'requestNotFound'],
})

export function addRequestHistoryRoute(app: App, store: Store): void {
  const path = '/headlock/v1/queues/:queueId/requests/:requestId/history'
  app.get(path, get, async (request, reply) => {
    const { requestId } = request.params
    const history = await store.getRequestHistory({ ...queueParams(request), requestId })
    return sendText(reply, historyText(history))
  })
}

function historyText(history: RequestHistory): string {
  const events = history.events.map(({ at, event, clientKey, until }) => {
    return { at: toIso(at), event, clientKey, until: until === null ? null : toIso(until) }
  })
  const { handedOutTimes } = history
  return wellFormedJson(JSON.stringify({ data: { events, handedOutTimes, verdict: verdictOf(history) } }))
}
