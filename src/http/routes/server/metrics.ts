import { Type } from 'typebox'
import { operation } from '../../api/operation.ts'
import type { App } from '../../app.ts'
import { expositionOf, expositionType } from '../../metrics/exposition.ts'
import type { Metrics } from '../../metrics/metrics.ts'
import { metricsBytesMax } from '../../overload/answer-size.ts'

const get = operation({
  id: 'metrics_get',
  tag: 'Server',
  summary: 'Get metrics',
  description:
    'Everything that is measured, as text for Prometheus. All threads of the server are counted. Queue figures are those of ' +
    'your own queues.',
  answerBytesMax: metricsBytesMax,
  answers: {
    200: Type.Unsafe<string>({
      description: 'The text format of Prometheus.',
      content: { 'text/plain': { schema: { type: 'string' } } },
    }),
  },
})

export function addMetricsRoute(app: App, metrics: Metrics): void {
  app.get('/metrics', get, async ({ caller }, reply) => {
    reply.type(expositionType)
    return expositionOf(await metrics.families(caller.userId))
  })
}
