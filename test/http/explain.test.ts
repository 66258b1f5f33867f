/** Explanations over HTTP (14.1). What they say is tested by the contract. */
import assert from 'node:assert/strict'
import { assertFailure, type Caller, httpTest } from '../../harness/http/caller.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import { toIso } from '../../src/domain/time.ts'

const queue = '/v2/request-queues/~crawl'
const path = '/headlock/v1/queues/~crawl/explain'
const url = (host: string, key: string) => ({ url: `https://${host}.test/${key}`, uniqueKey: key })

async function verdict(api: Caller, query = ''): Promise<string> {
  const answer = await api.get(`${path}${query}`)
  assert.equal(answer.status, 200, answer.text)
  return answer.data.verdict
}

httpTest('14.1 an explanation has its shape', async (api) => {
  await api.post('/v2/request-queues?name=crawl')
  await api.put('/headlock/v1/queues/~crawl/policy', { rules: [{ hosts: ['a.test'], delaySecs: 5 }] })
  const requests = [url('a', '1'), url('a', '2'), url('b', '4')]
  await api.post(`${queue}/requests/batch`, requests)
  await api.post(`${queue}/head/lock?lockSecs=60&limit=1&clientKey=a`)
  const now = api.server.clock.wallMs()
  const { data } = await api.get(`${path}?clientKey=a`)
  const next = { id: requestIdOf('4'), ...url('b', '4'), method: 'GET', retryCount: 0 }
  assert.deepEqual(data, {
    verdict:
      'The next head/lock hands out 1 of 1 available request (1 is held back by rules for hosts and 1 is locked, ' +
      'of which this client holds 1).',
    paused: false,
    counts: { available: 1, locked: 1, scheduled: 0, held: 1, handled: 0, failed: 0 },
    capped: [],
    locked: [{ clientKey: 'a', runId: null, count: 1, nextExpiryAt: toIso(now + 60_000) }],
    held: [{ host: 'a.test', reason: 'concurrency', count: 1, until: toIso(now + 65_000) }],
    nextAvailableAt: null,
    next: [next],
  })
})

httpTest('14.1 the verdict says why nothing is handed out', async (api) => {
  const { clock } = api.server
  await api.post('/v2/request-queues?name=crawl')
  assert.equal(await verdict(api), 'Nothing is handed out: the queue is empty.')
  await api.post(`${queue}/requests`, url('a', '1'))
  await api.post(`${queue}/head/lock?lockSecs=60&clientKey=a`)
  const at = toIso(clock.wallMs() + 60_000)
  const then = `the first one becomes available at ${at}`
  assert.equal(await verdict(api, '?clientKey=b'), `Nothing is handed out: 1 is locked; ${then}.`)
  const own = await verdict(api, '?clientKey=a')
  assert.equal(own, `Nothing is handed out: 1 is locked, of which this client holds 1; ${then}.`)
  await api.put('/headlock/v1/queues/~crawl/policy', { paused: true })
  assert.match(await verdict(api), /the policy of the queue pauses it, and 1 request is not handled/)
  const handled = { ...url('a', '1'), handledAt: '2026-01-01T00:00:00.000Z', errorMessages: ['Error: 404'] }
  await api.put(`${queue}/requests/${requestIdOf('1')}?clientKey=a`, { id: requestIdOf('1'), ...handled })
  assert.match(await verdict(api), /every request is handled \(1, of which 1 failed\)/)
})

httpTest('14.1 an explanation works with a read-only token, and shows long items', async (api) => {
  await api.post('/v2/request-queues?name=crawl')
  await api.post(`${queue}/requests`, { url: `https://a.test/${'x'.repeat(500_000)}`, uniqueKey: 'long' })
  const { token: reader } = await api.server.createToken({ readOnly: true })
  const { data, status } = await api.get(path, { token: reader })
  assert.equal(status, 200)
  assert.equal(data.next[0].url.length, 'https://a.test/'.length + 500_000)
  assertFailure(await api.get(`${path}?clientKey=`), 400, 'invalid-input', /clientKey/)
  assertFailure(await api.get('/headlock/v1/queues/x/explain'), 404, 'record-not-found', /Request Queue/)
})
