import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { startServerProcess, temporaryDirectory } from '../../harness/server-process.ts'
import { exportSettings } from '../../src/app/telemetry/export-settings.ts'

interface Point {
  readonly attributes: readonly { key: string; value: { stringValue: string } }[]
  readonly asDouble?: number
  readonly count?: number
  readonly bucketCounts?: readonly number[]
  readonly explicitBounds?: readonly number[]
}

interface Metric {
  readonly name: string
  readonly unit: string
  readonly sum?: { isMonotonic: boolean; aggregationTemporality: number; dataPoints: readonly Point[] }
  readonly gauge?: { dataPoints: readonly Point[] }
  readonly histogram?: { aggregationTemporality: number; dataPoints: readonly Point[] }
}

interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly resource: Readonly<Record<string, string>>
  readonly metrics: ReadonlyMap<string, Metric>
}

/** A collector of OpenTelemetry. */
async function startCollector(t: TestContext) {
  const received: Received[] = []
  const arrivals: (() => void)[] = []
  const server = createHttpServer(async (message, response) => {
    const body = Buffer.concat(await message.toArray())
    const text = message.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
    const { resourceMetrics } = JSON.parse(text.toString())
    const [{ resource, scopeMetrics }] = resourceMetrics
    received.push({
      path: message.url!,
      headers: message.headers,
      resource: Object.fromEntries(
        resource.attributes.map(({ key, value }: Point['attributes'][0]) => [key, value.stringValue]),
      ),
      metrics: new Map(scopeMetrics[0].metrics.map((metric: Metric) => [metric.name, metric])),
    })
    response.setHeader('content-type', 'application/json')
    response.end('{}')
    for (const arrive of arrivals) arrive()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    /** Resolves at the next arrival. */
    next: () => new Promise<void>((resolve) => arrivals.push(resolve)),
  }
}

describe('OpenTelemetry', { concurrency: true }, () => {
  test('metrics are sent to the collector that the usual variables name, and once more at the end', async (t) => {
    const collector = await startCollector(t)
    const arrived = collector.next()
    const server = await startServerProcess(t, await temporaryDirectory(t), {
      environment: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=crawlers',
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
        OTEL_SERVICE_NAME: 'queues',
      },
    })
    await arrived
    for (let count = 0; count < 3; count++) await fetch(`${server.url}/health`)
    const { code } = await server.stop('SIGTERM')
    assert.equal(code, 0)
    const { path, headers, resource, metrics } = collector.received.at(-1)!
    assert.equal(path, '/v1/metrics')
    assert.equal(headers['x-tenant'], 'crawlers')
    assert.equal(headers['content-encoding'], 'gzip')
    assert.equal(headers['content-type'], 'application/json')
    assert.equal(resource['service.name'], 'queues')
    assert.equal(resource['deployment.environment.name'], 'test')
    assert.ok(resource['service.instance.id'])
    const calls = metrics.get('headlock_call_seconds')!
    assert.equal(calls.unit, 's')
    assert.equal(calls.histogram!.aggregationTemporality, 2)
    const health = calls.histogram!.dataPoints.find(({ attributes }) =>
      attributes.some(({ key, value }) => key === 'route' && value.stringValue === '/health'),
    )!
    assert.equal(health.count, 3)
    assert.equal(health.bucketCounts!.length, health.explicitBounds!.length + 1)
    assert.equal(
      health.bucketCounts!.reduce((sum, count) => sum + count, 0),
      3,
    )
    const refusals = metrics.get('headlock_refusals')!.sum!
    assert.deepEqual([refusals.isMonotonic, refusals.aggregationTemporality], [true, 2])
    assert.equal(metrics.get('headlock_store_up')!.gauge!.dataPoints[0]!.asDouble, 1)
    assert.equal(metrics.get('process_resident_memory_bytes')!.unit, 'By')
  })

  test('a collector that is away is logged once, and the server goes on and stops', async (t) => {
    const server = await startServerProcess(t, await temporaryDirectory(t), {
      environment: {
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:9/v1/metrics',
        OTEL_EXPORTER_OTLP_TIMEOUT: '500',
      },
    })
    assert.equal((await fetch(`${server.url}/health`)).status, 200)
    const { code, stdout } = await server.stop('SIGTERM')
    assert.equal(code, 0)
    assert.equal(stdout.match(/metrics could not be exported/g)?.length, 1)
  })

  test('nothing is exported unless a variable names an endpoint, and a wrong one is told', () => {
    const settingsOf = (environment: Record<string, string>) => {
      const warnings: string[] = []
      return [exportSettings(environment, (text) => warnings.push(text)), ...warnings]
    }
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' }
    assert.deepEqual(settingsOf({}), [null])
    assert.deepEqual(settingsOf({ OTEL_SERVICE_NAME: 'queues', OTEL_EXPORTER_OTLP_ENDPOINT: '' }), [null])
    assert.deepEqual(settingsOf(endpoint), [{ intervalMs: 60_000 }])
    assert.deepEqual(settingsOf({ ...endpoint, OTEL_METRIC_EXPORT_INTERVAL: '5000' }), [{ intervalMs: 5000 }])
    assert.deepEqual(settingsOf({ ...endpoint, OTEL_SDK_DISABLED: 'true' }), [null])
    assert.deepEqual(settingsOf({ ...endpoint, OTEL_METRICS_EXPORTER: 'none' }), [null])
    assert.deepEqual(settingsOf({ ...endpoint, OTEL_METRICS_EXPORTER: 'console,otlp' }), [
      { intervalMs: 60_000 },
    ])
    const [none, warning] = settingsOf({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })
    assert.equal(none, null)
    assert.match(String(warning), /OTEL_EXPORTER_OTLP_PROTOCOL is grpc.*Set it to http\/json.*4318/)
    const [away, told] = settingsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4317' })
    assert.equal(away, null)
    assert.match(String(told), /OTEL_EXPORTER_OTLP_ENDPOINT is not an http or https URL/)
    const [byDefault, wrong] = settingsOf({ ...endpoint, OTEL_METRIC_EXPORT_INTERVAL: '0' })
    assert.deepEqual(byDefault, { intervalMs: 60_000 })
    assert.match(
      String(wrong),
      /OTEL_METRIC_EXPORT_INTERVAL is "0"\. Allowed is a number of milliseconds from 1000/,
    )
  })
})
