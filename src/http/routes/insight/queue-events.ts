import { Type } from 'typebox'
import type { Store } from '../../../store/store.ts'
import { operation } from '../../api/operation.ts'
import { QueueParams } from '../../api/schemas.ts'
import { streamAnswer } from '../../api/stream-schema.ts'
import type { App } from '../../app.ts'
import { queueParams } from '../../call.ts'
import type { EventStreams } from '../../streams/event-streams.ts'
import { ExplainedSource } from '../../streams/explained-source.ts'
import { FigureSource, secondsOfQueue } from '../../streams/figure-source.ts'

const get = operation({
  id: 'queueEvents_get',
  tag: 'Insight',
  summary: 'Watch a queue',
  description:
    'The figures of a queue as server-sent events, one a second: `event: figures` with what was done in a second, and the ' +
    'counts as they are now. It ends when the token or the queue does, after `event: end` that says why.',
  params: QueueParams,
  query: Type.Object({
    explain: Type.Optional(
      Type.Boolean({
        description:
          'Whether `event: explain` comes too, at first and when it has changed, at most every other second: the answer of the call ' +
          'with that name.',
      }),
    ),
  }),
  ...streamAnswer,
  refusals: ['queueNotFound'],
})

/** Adds the stream of the figures of a queue (14.8). Watching is no access. */
export function addQueueEventRoutes(app: App, store: Store, streams: EventStreams): void {
  app.get('/headlock/v1/queues/:queueId/events', get, async (request, reply) => {
    const { queue } = await store.inspectQueue(queueParams(request))
    const params = { userId: request.caller.userId, queue: { queueId: queue.id } }
    const explains = request.query.explain === true
    const key = `queue ${params.userId} ${queue.id}${explains ? ' explained' : ''}`
    const make = () =>
      explains ? new ExplainedSource(store, params) : new FigureSource(secondsOfQueue(store, params))
    await streams.open(request, reply, key, make)
  })
}
