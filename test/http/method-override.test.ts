import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { assertFailure, httpTest, keysOf, page } from '../../harness/http/caller.ts'
import { requestIdOf } from '../../src/domain/identity.ts'

httpTest('9.6 ?method= on a GET stands for another method', async (api) => {
  const made = await api.get('/v2/request-queues?method=POST&name=a')
  assert.equal(made.status, 201)
  const queue = `/v2/request-queues/${made.data.id}`
  const locked = await api.get(`${queue}/head/lock?lockSecs=1&method=POST`)
  assert.deepEqual([locked.status, locked.data.items], [200, []])
  const prolonged = await api.get(`${queue}/requests/${requestIdOf('a')}/lock?method=PUT&lockSecs=1`)
  assertFailure(prolonged, 404, 'record-not-found', 'Request was not found')
  assert.equal((await api.get(`${queue}?method=DELETE`)).status, 204)
  assert.equal((await api.get(queue)).status, 404)
})

httpTest('9.6 ?method= on a POST stands for another method, with its body', async (api) => {
  const queue = await api.queueWith('a', 'b', 'c')
  const path = `${queue}/requests/${requestIdOf('a')}`
  const handled = { ...page('a'), handledAt: '2030-01-01T00:00:00.000Z' }
  const updated = await api.post(`${path}?method=PUT`, handled)
  assert.deepEqual([updated.status, updated.data.wasAlreadyPresent], [200, true])
  const deleted = await api.post(`${queue}/requests/batch?method=DELETE`, [{ uniqueKey: 'b' }])
  assert.deepEqual([deleted.status, deleted.data.processedRequests.length], [200, 1])
  const added = await api.post(`${queue}/requests?method=POST`, page('d'))
  assert.equal(added.status, 201)
  assert.deepEqual(keysOf(await api.get(`${queue}/head`)), ['c', 'd'])
  await api.post(`${queue}/head/lock?lockSecs=60&limit=1&clientKey=x`)
  const lock = `${queue}/requests/${requestIdOf('c')}/lock?clientKey=x`
  assert.equal((await api.post(`${lock}&method=PUT&lockSecs=5`)).status, 200)
  assert.equal((await api.post(`${lock}&method=DELETE`)).status, 204)
  assert.equal((await api.post(`${path}?method=DELETE`)).status, 204)
  assert.equal((await api.post(`${queue}?method=PUT`, { title: 'x' })).data.title, 'x')
  assert.equal((await api.post(`${queue}?method=DELETE`)).status, 204)
  assert.equal((await api.get(queue)).status, 404)
})

httpTest('9.6, 9.3 an overridden call needs the rights of the method it stands for', async (api) => {
  const queue = await api.queueWith('a')
  const { token } = await api.server.createToken({ readOnly: true })
  const readOnly = { token }
  const path = `${queue}/requests/${requestIdOf('a')}`
  for (const answer of [
    await api.get(`/v2/request-queues?method=POST&name=x`, readOnly),
    await api.get(`${queue}?method=DELETE`, readOnly),
    await api.get(`${path}?method=DELETE`, readOnly),
    await api.post(`${path}?method=DELETE`, undefined, readOnly),
    await api.post(`${path}?method=PUT`, page('a'), readOnly),
  ]) {
    assertFailure(answer, 403, 'permission-denied')
  }
  assert.equal((await api.get(path)).status, 200)
  assert.equal((await api.get('/v2/request-queues')).data.total, 0)
})

httpTest(
  '9.6, 9.7 an overridden call counts for the rate of the method it stands for',
  async (api) => {
    const queue = await api.queueWith('a')
    const path = `${queue}/requests/${requestIdOf('a')}`
    assert.equal((await api.get(queue)).headers.get('x-ratelimit-limit'), '60')
    assert.equal((await api.get(`${path}/lock?method=DELETE`)).headers.get('x-ratelimit-limit'), '400')
    const batch = await api.post(`${queue}/requests/batch?method=DELETE`, [{ uniqueKey: 'a' }])
    assert.equal(batch.headers.get('x-ratelimit-limit'), '40')
  },
  { rateLimits: 'hosted' },
)

httpTest(
  '9.6, 9.1 an overridden call to a path without that method is refused as that method',
  async (api) => {
    const queue = await api.queue()
    const answer = await api.post(`${queue}/head?method=PUT`)
    assertFailure(answer, 405, 'method-not-allowed', /OPTIONS,GET$/)
    assert.equal(answer.headers.get('allow'), 'OPTIONS,GET')
  },
)

httpTest(
  '9.6 other methods there are refused, and other methods than GET and POST are not overridden',
  async (api) => {
    const queue = await api.queue()
    for (const method of ['GET', 'PATCH', 'delete', '', 'DELETE&method=POST']) {
      assertFailure(
        await api.get(`${queue}?method=${method}`),
        400,
        'invalid-input',
        /method .* POST, PUT, DELETE/,
      )
      assertFailure(
        await api.post(`${queue}/head/lock?lockSecs=1&method=${method}`),
        400,
        'invalid-input',
        /method .* POST, PUT, DELETE/,
      )
    }
    assert.equal((await api.put(`${queue}?method=DELETE`, { title: 'x' })).status, 200)
    const gone = `${queue}/requests/${requestIdOf('none')}?method=PUT`
    assertFailure(await api.delete(gone), 404, 'record-not-found')
    assert.equal((await api.get(`${queue}?paymethod=DELETE`)).status, 200)
    assert.equal((await api.get(`${queue}?x=method%3DDELETE`)).status, 200)
    assert.equal((await api.get(queue)).data.title, 'x')
  },
)

httpTest('9.6, 9.4 a GET that stands for another method brings the body of that method', async (api) => {
  const queue = await api.queue()
  const body = JSON.stringify(page('a'))
  const { hostname, port } = new URL(api.server.url)
  // `fetch` sends no body with GET.
  const call = request({
    method: 'GET',
    hostname,
    port,
    path: `${queue}/requests?method=POST`,
    headers: {
      authorization: `Bearer ${api.server.token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    },
  })
  call.end(body)
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  answer.resume()
  assert.equal(answer.statusCode, 201)
  assert.deepEqual(keysOf(await api.get(`${queue}/head`)), ['a'])
})
