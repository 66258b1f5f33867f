import type { Store } from '../../../store/store.ts'
import { FigureQuery, FigureSeries, figuresText, stepsIn } from '../../api/figure-schema.ts'
import { operation } from '../../api/operation.ts'
import { dataOf, QueueParams } from '../../api/schemas.ts'
import type { App } from '../../app.ts'
import { queueParams, sendText } from '../../call.ts'
import { figuresBytesMax } from '../../overload/answer-size.ts'

const get = operation({
  id: 'queueFigures_get',
  tag: 'Insight',
  summary: 'Get figures',
  description:
    'What was done in the queue, step by step, and how many requests were pending and locked at the end of each step. The last ' +
    'second or two may be missing. The step that is running now is the last one, except for steps of a second.',
  params: QueueParams,
  query: FigureQuery,
  answerBytesMax: figuresBytesMax,
  answers: { 200: dataOf('The figures.', FigureSeries) },
  refusals: ['queueNotFound'],
})

/** Adds figures over time (14.8). A look is no access, and who looks is no client. */
export function addFigureRoutes(app: App, store: Store): void {
  app.get('/headlock/v1/queues/:queueId/figures', get, async (request, reply) => {
    return sendText(
      reply,
      figuresText(await store.figures({ ...queueParams(request), ...stepsIn(request.query) })),
    )
  })
}
