/** Finding requests over HTTP (14.4). What is found is tested by the contract. */
import assert from 'node:assert/strict'
import { assertFailure, type Caller, httpTest } from '../../harness/http/caller.ts'
import { toIso } from '../../src/domain/time.ts'

const queue = '/v2/request-queues/~crawl'
const path = '/headlock/v1/queues/~crawl/requests'

async function fill(api: Caller, ...requests: object[]): Promise<void> {
  await api.post('/v2/request-queues?name=crawl')
  for (const request of requests) {
    const added = await api.post(`${queue}/requests`, request)
    assert.equal(added.status, 201, added.text)
  }
}

const on = (key: string, more: object = {}) => ({ uniqueKey: key, url: `https://a.test/${key}`, ...more })

httpTest('14.4 items are requests with their states', async (api) => {
  const handledAt = '2026-01-01T00:00:00.000Z'
  const crawlee = { __crawlee: { state: 6 } }
  await fill(
    api,
    on('now', { state: 'of a caller', payload: 'x' }),
    on('later', { userData: { headlock: { delaySecs: 60 } } }),
    on('broken', { handledAt, errorMessages: ['Error: <b>no</b>'], userData: crawlee }),
  )
  const { data } = await api.get(`${path}?state=available,scheduled,failed`)
  const keyOf = ({ uniqueKey }: { uniqueKey: string }) => uniqueKey
  assert.deepEqual(data.items.map(keyOf).sort(), ['broken', 'later', 'now'])
  const found = (key: string) => data.items.find((item: { uniqueKey: string }) => item.uniqueKey === key)
  assert.equal(found('now').state, 'available')
  assert.equal(found('now').payload, 'x')
  assert.equal('availableAt' in found('now'), false)
  assert.equal(found('later').availableAt, toIso(api.server.clock.wallMs() + 60_000))
  assert.deepEqual([found('broken').state, found('broken').handledAt], ['failed', handledAt])
  assert.deepEqual(found('broken').errorMessages, ['Error: <b>no</b>'])
  assert.equal(data.limit, 100)
  assert.equal('nextCursor' in data, false)
})

httpTest('14.4 pages go on at their cursor, and every part of a filter is a parameter', async (api) => {
  await fill(
    api,
    on('1', { retryCount: 2, userData: { label: 'list' }, errorMessages: ['Error: 404'] }),
    on('2'),
    on('3'),
  )
  await api.post(`${queue}/head/lock?lockSecs=60&limit=1&clientKey=worker`)
  const seen: string[] = []
  for (let query = '?limit=1'; ; ) {
    const { data } = await api.get(`${path}${query}`)
    seen.push(...data.items.map(({ uniqueKey }: { uniqueKey: string }) => uniqueKey))
    if (data.nextCursor === undefined) break
    query = `?limit=1&cursor=${data.nextCursor}`
  }
  assert.deepEqual(seen.sort(), ['1', '2', '3'])
  for (const [query, count] of [
    ['url=a.test', 3],
    ['url=a.test%2F1', 1],
    ['host=A.test', 3],
    ['host=b.test', 0],
    ['label=list', 1],
    ['error=404', 1],
    ['client=worker', 1],
    ['client=worker&label=none', 0],
    ['run=(none)', 1],
    ['run=other', 0],
    ['retryCountMin=2', 1],
    ['url=&label=&error=&client=&run=', 3],
  ] as const) {
    assert.equal((await api.get(`${path}?${query}`)).data.items.length, count, query)
  }
})

httpTest('14.4 what makes no sense is refused by name', async (api) => {
  await fill(api, on('1'))
  assertFailure(await api.get(`${path}?state=done`), 400, 'invalid-input', /state/)
  assertFailure(await api.get(`${path}?host=https://a.test/`), 400, 'invalid-input', /host/)
  assertFailure(await api.get(`${path}?cursor=x`), 400, 'invalid-input', /cursor/)
  assertFailure(await api.get(`${path}?retryCountMin=-1`), 400, 'invalid-input', /retryCountMin/)
  const { token } = await api.server.createToken({ readOnly: true })
  assert.equal((await api.get(path, { token })).status, 200)
})

httpTest('14.4 one request that is looked at is as it is in the list, and it is no access', async (api) => {
  const error = { errorMessages: ['Error'], handledAt: '2026-01-01T00:00:00.000Z' }
  await fill(api, on('now', { state: 'of a caller' }), on('broken', error))
  await fill(api, on('later', { userData: { headlock: { delaySecs: 60 } } }))
  await api.post(`${queue}/head/lock?lockSecs=60&limit=1&clientKey=worker`)
  const listed = async () => (await api.get('/v2/request-queues')).data.items[0]
  const before = await listed()
  api.server.clock.advance(5000)
  const { items } = (await api.get(path)).data
  for (const item of items) {
    const looked = await api.get(`${path}/${item.id}`)
    assert.deepEqual([looked.status, looked.data], [200, item])
  }
  assert.deepEqual(items.map(({ state }: { state: string }) => state).toSorted(), [
    'failed',
    'locked',
    'scheduled',
  ])
  const { token } = await api.server.createToken({ readOnly: true, runId: 'other' })
  assert.equal((await api.get(`${path}/${items[0].id}`, { token })).status, 200)
  assert.deepEqual(await listed(), before)
  assertFailure(await api.get(`${path}/nowhere`), 404, 'record-not-found', 'Request was not found')
  assertFailure(await api.get(`${path}/${items[0].id}`, { token: null }), 401, 'token-not-provided')
  assertFailure(await api.get('/headlock/v1/queues/~none/requests/x'), 404, 'record-not-found')
})

httpTest('14.4 a long request is shown whole', async (api) => {
  await fill(api, on('long', { payload: 'ä"'.repeat(1_000_000) }))
  const [item] = (await api.get(path)).data.items
  assert.deepEqual((await api.get(`${path}/${item.id}`)).data, item)
})
