import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { BrowserGuard } from '../browsers/browser-guard.ts'
import { securityHeaders } from '../browsers/security-headers.ts'
import { Entrance } from '../entrance.ts'
import { expositionOf, expositionType } from './exposition.ts'
import type { Metrics } from './metrics.ts'

export interface MetricsServerParts {
  readonly metrics: Metrics
  /** Host names by which the port is reached, besides those of loopback. Null: any name. */
  readonly hosts: readonly string[] | null
  readonly logger: Pick<Logger, 'error'>
}

/**
 * A server for a port of its own, with /metrics and nothing else. It asks for no token, so it tells everything to everybody who
 * reaches the port. It does not listen yet.
 */
export function metricsServer({ metrics, hosts, logger }: MetricsServerParts): Server {
  const browserGuard = new BrowserGuard(hosts, null, new Entrance({ publicUrl: null }))
  /** Callers at the same time share an answer, so that many of them cost no more than one. */
  let underWay: Promise<string> | null = null
  const text = () => {
    underWay ??= metrics
      .families(null)
      .then(expositionOf)
      .finally(() => {
        underWay = null
      })
    return underWay
  }
  return createServer(async (message, response) => {
    // A caller who sends a body has it ignored.
    message.resume()
    try {
      const refusal = browserGuard.refusalOf(message)
      if (refusal !== null) answer(response, refusal.status, refusal.message)
      else if (!isMetrics(message)) answer(response, 404, 'On this port there is only /metrics.')
      else if (!methods.includes(message.method!)) answer(response, 405, `Allowed are ${methods.join(', ')}.`)
      else answer(response, 200, await text(), expositionType)
    } catch (error) {
      logger.error({ err: error }, 'could not answer a call for metrics')
      answer(response, 500, 'The metrics cannot be read. The log of the server says more.')
    }
  })
}

const methods: readonly string[] = ['GET', 'HEAD']

function isMetrics({ url }: IncomingMessage): boolean {
  return /^\/metrics\/?(?:[?#]|$)/.test(url!)
}

function answer(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  const body = type === expositionType ? text : `${text}\n`
  response.writeHead(status, {
    ...securityHeaders,
    ...(status === 405 ? { allow: methods.join(',') } : {}),
    'content-type': type,
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
