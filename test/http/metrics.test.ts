import assert from 'node:assert/strict'
import { assertFailure, type Caller, fromTheBeginning, httpTest, page } from '../../harness/http/caller.ts'
import { type Family, parseExposition, valueIn } from '../../harness/metrics/exposition.ts'
import { tokenHashOf } from '../../src/domain/token.ts'

async function metricsOf(api: Caller, token = api.server.token): Promise<Map<string, Family>> {
  const answer = await api.get('/metrics', { token })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  return parseExposition(answer.text)
}

function queuesIn(families: Map<string, Family>): unknown[] {
  return (families.get('headlock_queue_pending_requests')?.samples ?? []).map(({ labels }) => labels['queue'])
}

httpTest('/metrics needs a token, and a read-only one suffices', async (api) => {
  assertFailure(await api.get('/metrics', { token: null }), 401, 'token-not-provided')
  assertFailure(await api.get('/metrics', { token: 'not-a-token' }), 401, 'token-not-valid')
  const readOnly = await api.server.createToken({ readOnly: true })
  assert.ok((await metricsOf(api, readOnly.token)).has('headlock_build_info'))
  assert.equal((await api.get(`/metrics?token=${api.server.token}`, { token: null })).status, 200)
  assertFailure(await api.post('/metrics'), 405, 'method-not-allowed')
})

httpTest('/metrics counts each call by its route and the class of its status', async (api) => {
  const before = await metricsOf(api)
  const queue = await api.queue()
  const other = await api.queue()
  for (const path of [queue, other, other]) await api.post(`${path}/requests`, page('a'))
  await api.get(`${queue}/requests/aaaaaaaaaaaaaaa`)
  await api.get(`${queue}/head`, { token: null })
  await api.post(`${queue}/requests/`, page('b'))
  await api.get(`${queue.replace('request-queues', 'request%2Dqueues')}`)
  await api.get('/nothing')
  await api.post('/health')
  const after = await metricsOf(api)
  const counted = (labels: Record<string, string>, name = 'headlock_call_seconds_count') =>
    valueIn(after, name, labels) - valueIn(before, name, labels)
  const route = '/v2/request-queues/{queueId}'
  assert.equal(counted({ method: 'POST', route: '/v2/request-queues', status: '2xx' }), 2)
  assert.equal(counted({ method: 'POST', route: `${route}/requests`, status: '2xx' }), 4)
  assert.equal(counted({ method: 'GET', route: `${route}/requests/{requestId}`, status: '4xx' }), 1)
  assert.equal(counted({ method: 'GET', route: `${route}/head`, status: '4xx' }), 1)
  assert.equal(counted({ method: 'GET', route }), 1)
  assert.equal(counted({ method: 'any', route: 'none', status: '4xx' }), 2)
  assert.equal(counted({ route: '/metrics' }), 1, 'the first call for metrics')
  assert.equal(counted({}), 12)
  const refusals = 'headlock_refusals_total'
  assert.equal(counted({ status: '404' }, refusals), 2)
  assert.equal(counted({ status: '401' }, refusals), 1)
  assert.equal(counted({ status: '405' }, refusals), 1)
  assert.equal(counted({}, refusals), 4)
})

httpTest(
  'no text of a caller becomes a label: series stay bounded',
  async (api) => {
    const queue = await api.queueWith('a')
    const texts = ['hostile"\n}{', 'x'.repeat(500), '../../etc']
    for (const text of texts) {
      const encoded = encodeURIComponent(text)
      await api.get(`/v2/request-queues/~${encoded}`)
      await api.get(`/${encoded}`)
      await api.get(`${queue}/requests/${encoded}`)
      await api.post(`${queue}/head/lock?lockSecs=60&clientKey=${encoded}`)
    }
    const { text } = await api.get('/metrics')
    for (const [, route] of text.matchAll(/route="([^"]*)"/g)) {
      assert.ok(route === 'none' || /^[a-z0-9/{}.-]+$/i.test(route!), route)
    }
    for (const each of texts) assert.ok(!text.includes(each.slice(0, 7)))
  },
  fromTheBeginning,
)

httpTest('/metrics tells the queues of the user of the token alone', async (api) => {
  const { store } = api.server
  const bob = await store.ensureUser({ username: 'bob' })
  const token = 'token-of-bob-0123456789'
  await store.createToken({
    userId: bob.id,
    tokenHash: tokenHashOf(token),
    label: null,
    runId: null,
    readOnly: true,
  })
  const { data } = await api.post('/v2/request-queues?name=mine')
  await store.getOrCreateQueue({ userId: bob.id, name: 'of-bob' })
  await api.queue()
  assert.deepEqual(queuesIn(await metricsOf(api)), ['mine'])
  assert.deepEqual(queuesIn(await metricsOf(api, token)), ['of-bob'])
  const mine = `/v2/request-queues/${data.id}`
  const added = await api.post(`${mine}/requests/batch?clientKey=a`, [page('1'), page('2'), page('3')])
  const [{ requestId: id }] = added.data.processedRequests
  const { data: request } = await api.get(`${mine}/requests/${id}`)
  await api.put(`${mine}/requests/${id}`, { ...request, handledAt: new Date().toISOString() })
  const labels = { queue: 'mine', owner: 'tester', queue_id: data.id }
  const families = await metricsOf(api)
  assert.equal(valueIn(families, 'headlock_queue_pending_requests', labels), 2)
  assert.equal(valueIn(families, 'headlock_queue_handled_requests', labels), 1)
})

httpTest('/metrics tells the queues that changed last when there are too many', async (api) => {
  for (let number = 0; number < 102; number++) {
    await api.server.store.getOrCreateQueue({ userId: api.server.userId, name: `queue-${number}` })
    api.server.clock.advance(10)
  }
  await api.post('/v2/request-queues/~queue-0/requests', page('a'))
  const names = queuesIn(await metricsOf(api))
  assert.equal(names.length, 100)
  assert.equal(names[0], 'queue-0')
  assert.ok(!names.includes('queue-1') && !names.includes('queue-2') && names.includes('queue-3'))
})
