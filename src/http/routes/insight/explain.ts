import { Type } from 'typebox'
import { limits } from '../../../domain/limits.ts'
import type { Store } from '../../../store/store.ts'
import { explanationOf } from '../../api/explanation.ts'
import { HeadAnswers } from '../../api/head-answers.ts'
import { Explanation } from '../../api/insight-schema.ts'
import { operation } from '../../api/operation.ts'
import { dataOf, QueueParams, reference } from '../../api/schemas.ts'
import { wellFormedJson } from '../../api/well-formed.ts'
import type { App } from '../../app.ts'
import { queueParams, sendText } from '../../call.ts'
import { callOf } from '../../call-context.ts'
import type { Admission } from '../../overload/admission.ts'
import { explanationBytesMax } from '../../overload/answer-size.ts'

const get = operation({
  id: 'explain_get',
  tag: 'Insight',
  summary: 'Explain',
  description:
    'Why head/lock gives what it gives: how many requests are in which state, who holds them, which hosts hold them ' +
    'back until when, and what would be handed out now. It changes nothing, and is no access to the queue.',
  params: QueueParams,
  query: Type.Object({
    clientKey: Type.Optional(
      Type.String({
        minLength: limits.clientKeyLengthMin,
        maxLength: limits.clientKeyLengthMax,
        description: 'The client that wants to know. The verdict says what it holds itself.',
        examples: ['worker-1'],
      }),
    ),
  }),
  answerBytesMax: explanationBytesMax,
  answers: { 200: dataOf('The explanation.', reference(Explanation)) },
  refusals: ['queueNotFound'],
})

export function addExplainRoutes(app: App, store: Store, admission: Admission): void {
  const answers = new HeadAnswers(store, admission)
  app.get('/headlock/v1/queues/:queueId/explain', get, async (request, reply) => {
    const params = queueParams(request)
    const call = callOf(request.raw)
    const explanation = await store.explainQueue(params)
    const queue = { ...params, queue: { queueId: explanation.queueId } }
    const next = await answers.complete(queue, explanation.next, call)
    const data = explanationOf(explanation, next, request.query.clientKey)
    const text = wellFormedJson(JSON.stringify({ data }))
    admission.holdLonger(call, text, explanationBytesMax)
    return sendText(reply, text)
  })
}
