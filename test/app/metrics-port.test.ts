import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { pino } from 'pino'
import { parseExposition, valueIn } from '../../harness/metrics/exposition.ts'
import { temporaryDatabase, temporaryDirectory } from '../../harness/server-process.ts'
import { parseStore } from '../../src/app/config/store-choice.ts'
import { type Config, createServer, type RunningServer } from '../../src/index.ts'

const token = 'kJ8sd7fKJH3hd98shdkjhsdf'
const settings: Partial<Config> = { port: 0, metricsPort: 0, logLevel: 'silent', token, threads: 1 }
const authorization = { authorization: `Bearer ${token}` }

function metricsUrl({ metricsPort }: RunningServer): string {
  return `http://127.0.0.1:${metricsPort}/metrics`
}

async function metricsOf(url: string, headers: Record<string, string> = {}) {
  const answer = await fetch(url, { headers })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  return parseExposition(await answer.text())
}

describe('metrics of a whole server', { concurrency: true }, () => {
  for (const [kind, threads] of [
    ['sqlite', 1],
    ['sqlite', 3],
    ['postgres', 1],
    ['postgres', 3],
  ] as const) {
    test(`any thread of ${threads} answers for all, with or without a port of its own, on ${kind}`, async (t) => {
      const dataDirectory = await temporaryDirectory(t)
      const store = parseStore(kind === 'sqlite' ? kind : await temporaryDatabase(t))!
      const server = await createServer({ ...settings, dataDirectory, store, threads })
      try {
        for (let number = 0; number < 12; number++) {
          const headers = { ...authorization, connection: 'close' }
          const made = await fetch(`${server.url}/v2/request-queues?name=queue-${number}`, {
            method: 'POST',
            headers,
          })
          assert.equal(made.status, 201)
          const path = `/v2/request-queues/~queue-${number}/requests?clientKey=one`
          const body = JSON.stringify({ url: 'https://example.com/', uniqueKey: 'a' })
          const type = { 'content-type': 'application/json' }
          const added = await fetch(server.url + path, {
            method: 'POST',
            headers: { ...headers, ...type },
            body,
          })
          assert.equal(added.status, 201)
        }
        const locked = await fetch(
          `${server.url}/v2/request-queues/~queue-0/head/lock?lockSecs=60&clientKey=one`,
          { method: 'POST', headers: authorization },
        )
        const { items } = ((await locked.json()) as { data: { items: { id: string }[] } }).data
        await fetch(`${server.url}/v2/request-queues/~queue-0/requests/${items[0]!.id}/lock?clientKey=one`, {
          method: 'DELETE',
          headers: authorization,
        })
        for (const shared of [true, true, true, false]) {
          const families = shared
            ? await metricsOf(`${server.url}/metrics`, { ...authorization, connection: 'close' })
            : await metricsOf(metricsUrl(server))
          const value = (name: string, labels = {}) => valueIn(families, name, labels)
          const route = '/v2/request-queues/{queueId}/requests'
          assert.equal(value('headlock_call_seconds_count', { method: 'POST', route, status: '2xx' }), 12)
          assert.equal(value('headlock_build_info', { store: kind }), 1)
          assert.equal(value('headlock_store_up'), 1)
          assert.ok(value('headlock_store_bytes') > 0)
          assert.equal(value('headlock_queue_pending_requests'), 12)
          const events = ['added', 'handed_out', 'given_back', 'handled', 'failed']
          assert.deepEqual(
            events.map((event) => value('headlock_requests_total', { event })),
            [12, 1, 1, 0, 0],
          )
          assert.ok(value('headlock_commit_seconds_count') >= 12)
          assert.equal(value('headlock_transaction_calls_count'), value('headlock_commit_seconds_count'))
          assert.ok(value('headlock_heap_bytes', { thread: 'http' }) > 0)
          assert.equal(value('headlock_heap_bytes', { thread: 'main' }) > 0, threads > 1)
          assert.ok(value('process_resident_memory_bytes') > 0)
          assert.equal(families.has('headlock_sync_seconds'), kind === 'sqlite')
          assert.equal(families.has('headlock_wal_bytes'), kind === 'sqlite')
          assert.equal(families.has('headlock_pool_connections'), kind === 'postgres')
          if (kind === 'sqlite') assert.ok(value('headlock_sync_seconds_count') >= 12)
        }
      } finally {
        await server.close()
      }
      await assert.rejects(fetch(metricsUrl(server)))
    })
  }

  test('the port of its own tells the queues of all users, and needs no token', async (t) => {
    const dataDirectory = await temporaryDirectory(t)
    const first = await createServer({ ...settings, dataDirectory })
    await fetch(`${first.url}/v2/request-queues?name=mine`, { method: 'POST', headers: authorization })
    await first.close()
    const bobs = { authorization: `Bearer ${token}-of-bob` }
    const second = await createServer({
      ...settings,
      dataDirectory,
      username: 'bob',
      token: `${token}-of-bob`,
    })
    await fetch(`${second.url}/v2/request-queues?name=of-bob`, { method: 'POST', headers: bobs })
    const ownersIn = async (url: string, headers = {}) =>
      (await metricsOf(url, headers))
        .get('headlock_queue_pending_requests')!
        .samples.map(({ labels }) => labels['owner'])
    assert.deepEqual((await ownersIn(metricsUrl(second))).sort(), ['bob', 'headlock'])
    assert.deepEqual(await ownersIn(`${second.url}/metrics`, bobs), ['bob'])
    await second.close()
  })

  for (const [metricsQueues, shown] of [
    [0, undefined],
    [2, 2],
  ] as const) {
    test(`--metrics-queues ${metricsQueues}`, async (t) => {
      const dataDirectory = await temporaryDirectory(t)
      const server = await createServer({ ...settings, dataDirectory, metricsQueues })
      for (const name of ['a', 'b', 'c']) {
        await fetch(`${server.url}/v2/request-queues?name=${name}`, {
          method: 'POST',
          headers: authorization,
        })
      }
      for (const families of [
        await metricsOf(metricsUrl(server)),
        await metricsOf(`${server.url}/metrics`, authorization),
      ]) {
        assert.equal(families.get('headlock_queue_pending_requests')?.samples.length, shown)
      }
      await server.close()
    })
  }

  test('the port of its own has nothing else, and refuses pages of other sites', async (t) => {
    const server = await createServer({ ...settings, dataDirectory: await temporaryDirectory(t) })
    const url = metricsUrl(server)
    const statusOf = async (path: string, init: RequestInit = {}) =>
      (await fetch(url.replace('/metrics', path), init)).status
    assert.equal(await statusOf('/metrics?a=b'), 200)
    assert.equal(await statusOf('/metrics', { method: 'HEAD' }), 200)
    assert.equal(await statusOf('/metrics', { method: 'POST', body: 'x' }), 405)
    for (const path of ['/', '/health', '/v2/request-queues', '/metricsx']) {
      assert.equal(await statusOf(path, { headers: authorization }), 404, path)
    }
    assert.equal(await statusWithHeaders(url, { host: 'evil.example' }), 403)
    assert.equal(await statusWithHeaders(url, { 'sec-fetch-site': 'cross-site' }), 403)
    assert.equal(await statusWithHeaders(url, { host: 'localhost:9747' }), 200)
    await server.close()
  })

  test('a start fails when the port for metrics is taken, and says what to do', async (t) => {
    const dataDirectory = await temporaryDirectory(t)
    const other = createHttpServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port: metricsPort } = other.address() as AddressInfo
    await assert.rejects(createServer({ ...settings, dataDirectory, metricsPort }), {
      message: new RegExp(`Port ${metricsPort} on 127.0.0.1 is in use.*--metrics-port`, 's'),
    })
    await assert.rejects(createServer({ ...settings, dataDirectory, metricsHost: '192.0.2.1' }), {
      message: /192\.0\.2\.1 is not an address of this machine.*--metrics-host/s,
    })
    other.close()
    const settled = { ...settings, dataDirectory, port: metricsPort, metricsPort }
    await assert.rejects(createServer(settled), {
      name: 'ConfigError',
      message: /--metrics-port .* is the port of the API.*Choose another port/s,
    })
    // Everything that the failed starts opened is closed again.
    await (await createServer({ ...settings, dataDirectory })).close()
  })

  test('a store that does not answer is told, and all other figures are there', async (t) => {
    const dataDirectory = await temporaryDirectory(t)
    const { Metrics } = await import('../../src/http/metrics/metrics.ts')
    const { expositionOf } = await import('../../src/http/metrics/exposition.ts')
    const server = await createServer({ ...settings, dataDirectory })
    await fetch(`${server.url}/health`)
    const failing = () => Promise.reject(new Error('the store is closing'))
    const metrics = new Metrics({
      store: { inspectStore: failing, recentQueues: failing },
      readFigures: () => server.figures(),
      version: '1',
      startedAt: 0,
      queuesMax: 1,
    })
    const families = parseExposition(await expositionOf(await metrics.families(null)))
    assert.equal(valueIn(families, 'headlock_store_up'), 0)
    assert.equal(valueIn(families, 'headlock_call_seconds_count', { route: '/health' }), 1)
    await server.close()
  })

  test('other machines reach the port only if a setting says so, and the log warns of it', async (t) => {
    const lines: string[] = []
    const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
    const dataDirectory = await temporaryDirectory(t)
    const open = await createServer({ ...settings, dataDirectory, metricsHost: '0.0.0.0' }, { logger })
    await open.close()
    assert.ok(lines.some((line) => line.includes('without a token')))
    lines.length = 0
    const closed = await createServer({ ...settings, dataDirectory }, { logger })
    assert.ok(lines.some((line) => line.includes(`metrics are at ${metricsUrl(closed)}`)))
    assert.ok(!lines.some((line) => line.includes('without a token')))
    await closed.close()
  })
})

/** `fetch` sets these headers itself. */
async function statusWithHeaders(url: string, headers: Record<string, string>): Promise<number> {
  const call = request(url, { headers }).end()
  const [answer] = await once(call, 'response')
  answer.resume()
  return answer.statusCode
}
