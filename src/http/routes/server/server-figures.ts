import type { Store } from '../../../store/store.ts'
import { FigureQuery, FigureSeries, figuresText, stepsIn } from '../../api/figure-schema.ts'
import { operation } from '../../api/operation.ts'
import { dataOf } from '../../api/schemas.ts'
import { streamAnswer } from '../../api/stream-schema.ts'
import type { App } from '../../app.ts'
import { sendText } from '../../call.ts'
import { figuresBytesMax } from '../../overload/answer-size.ts'
import type { EventStreams } from '../../streams/event-streams.ts'
import { FigureSource } from '../../streams/figure-source.ts'

const get = operation({
  id: 'serverFigures_get',
  tag: 'Server',
  summary: 'Get figures of the server',
  description:
    'What was done in all queues of all users together, step by step, in the form of the figures of a queue. Queues that were ' +
    'deleted are in it. With several servers on one PostgreSQL it is the sum of all. It is late by two seconds.',
  query: FigureQuery,
  answerBytesMax: figuresBytesMax,
  answers: { 200: dataOf('The figures.', FigureSeries) },
})

const events = operation({
  id: 'serverEvents_get',
  tag: 'Server',
  summary: 'Watch the server',
  description:
    'The figures of the server as server-sent events, one a second: `event: figures` with what was done in a second. It ends ' +
    'when the token does, after `event: end`.',
  ...streamAnswer,
})

/** Adds the figures of all queues together, and their stream (14.8). Sums tell nobody which queues others have. */
export function addServerFigureRoutes(app: App, store: Store, streams: EventStreams): void {
  app.get('/headlock/v1/server/figures', get, async ({ query }, reply) => {
    return sendText(reply, figuresText(await store.serverFigures(stepsIn(query))))
  })

  app.get('/headlock/v1/server/events', events, async (request, reply) => {
    await streams.open(request, reply, 'server', () => {
      return new FigureSource((stepCount) => store.serverFigures({ stepSecs: 1, stepCount }))
    })
  })
}
