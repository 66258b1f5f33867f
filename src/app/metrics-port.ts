import type { Logger } from 'pino'
import type { Metrics } from '../http/metrics/metrics.ts'
import { metricsServer } from '../http/metrics/metrics-server.ts'
import { browserHosts } from './config/browsers.ts'
import type { Config } from './config/config.ts'
import { listenForMetrics, urlOn } from './threads/listen.ts'

export interface MetricsPort {
  readonly port: number
  close(): Promise<void>
}

/**
 * Serves /metrics on a port of its own, without a token, from the thread in which it is called.
 *
 * @throws OperatorError when the port is in use or not allowed, or the address does not belong to this machine
 */
export async function openMetricsPort(
  { metricsHost: host }: Pick<Config, 'metricsHost'>,
  wantedPort: number,
  metrics: Metrics,
  logger: Pick<Logger, 'info' | 'warn' | 'error'>,
): Promise<MetricsPort> {
  const hosts = await browserHosts(host)
  const server = metricsServer({ metrics, hosts, logger })
  const port = await listenForMetrics(server, host, wantedPort)
  logger.info(`metrics are at ${urlOn(host, port)}/metrics`)
  if (hosts === null) {
    logger.warn(
      `other machines may reach the metrics on ${host}, port ${port}, without a token: they tell the names and counts of all queues`,
    )
  }
  return {
    port,
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      server.closeAllConnections()
      await closed
    },
  }
}
