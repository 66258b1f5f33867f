import type { Millis } from '../../domain/time.ts'
import type { MetricsOptions } from '../../http/app.ts'
import { type Config, ConfigError } from './config.ts'

/** What the HTTP layer is told for its metrics. */
export function metricsOptions({ threads, metricsQueues }: Config, startedAt: Millis): MetricsOptions {
  return { startedAt, threads, queuesMax: metricsQueues }
}

/** @throws ConfigError if the port for metrics is the port of the API */
export function checkMetricsPort({ port, host, metricsPort, metricsHost }: Config): void {
  if (metricsPort === null || metricsPort === 0 || metricsPort !== port || metricsHost !== host) return
  throw new ConfigError([
    {
      problem: `--metrics-port (HEADLOCK_METRICS_PORT) is ${port}, which is the port of the API.`,
      advice:
        'Choose another port for metrics, or leave it out: the port of the API has /metrics too, for callers with a token.',
    },
  ])
}
