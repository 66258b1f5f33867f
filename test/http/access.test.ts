import assert from 'node:assert/strict'
import { assertFailure, httpTest, page } from '../../harness/http/caller.ts'
import type { Store } from '../../src/store/store.ts'

/** One call of every route but those that are open. */
const everyCall: [method: string, path: string, body?: unknown][] = [
  ['GET', '/v2/users/me'],
  ['GET', '/v2/request-queues'],
  ['POST', '/v2/request-queues'],
  ['GET', '/v2/request-queues/x'],
  ['PUT', '/v2/request-queues/x', {}],
  ['DELETE', '/v2/request-queues/x'],
  ['GET', '/v2/request-queues/x/head'],
  ['POST', '/v2/request-queues/x/head/lock?lockSecs=1'],
  ['GET', '/v2/request-queues/x/requests'],
  ['POST', '/v2/request-queues/x/requests', page('a')],
  ['POST', '/v2/request-queues/x/requests/batch', [page('a')]],
  ['DELETE', '/v2/request-queues/x/requests/batch', [{ id: 'y' }]],
  ['POST', '/v2/request-queues/x/requests/unlock'],
  ['GET', '/v2/request-queues/x/requests/y'],
  ['PUT', '/v2/request-queues/x/requests/ypeBEsobvcr6wjG', page('a')],
  ['DELETE', '/v2/request-queues/x/requests/y'],
  ['PUT', '/v2/request-queues/x/requests/y/lock?lockSecs=1'],
  ['DELETE', '/v2/request-queues/x/requests/y/lock'],
  ['GET', '/headlock/v1/session'],
  ['GET', '/headlock/v1/queues/x'],
  ['GET', '/headlock/v1/queues/x/policy'],
  ['PUT', '/headlock/v1/queues/x/policy', {}],
  ['DELETE', '/headlock/v1/queues/x/policy'],
  ['POST', '/headlock/v1/queues/x/hosts/y/cooldown', { secs: 1 }],
  ['DELETE', '/headlock/v1/queues/x/hosts/y/cooldown'],
  ['GET', '/headlock/v1/queues/x/requests/y/history'],
  ['GET', '/headlock/v1/queues/x/figures'],
  ['GET', '/headlock/v1/queues/x/events'],
  ['GET', '/headlock/v1/queues/x/explain'],
  ['GET', '/headlock/v1/server'],
  ['GET', '/headlock/v1/server/figures'],
  ['GET', '/headlock/v1/server/events'],
  ['GET', '/metrics'],
  ['GET', '/headlock/v1/queues'],
  ['GET', '/headlock/v1/events'],
  ['POST', '/headlock/v1/queues/x/actions', { action: 'delete', filter: {} }],
  ['POST', '/headlock/v1/queues/x/fork', { name: 'y' }],
  ['GET', '/headlock/v1/jobs'],
  ['GET', '/headlock/v1/jobs/x'],
  ['DELETE', '/headlock/v1/jobs/x'],
  ['GET', '/headlock/v1/queues/x/requests'],
  ['GET', '/headlock/v1/queues/x/requests/y'],
  ['GET', '/headlock/v1/queues/x/failures'],
  ['GET', '/headlock/v1/queues/x/hosts'],
  ['GET', '/headlock/v1/queues/x/clients'],
  ['GET', '/openapi.json'],
]

httpTest('9.3 no call works without a token', async (api) => {
  for (const [method, path, body] of everyCall) {
    // So many wrong tokens within a minute would be refused for their number.
    api.server.clock.advance(10_000)
    const without = await api.call(method, path, body, { token: null })
    assertFailure(without, 401, 'token-not-provided', /Authorization: Bearer/)
    const unknown = await api.call(method, path, body, { token: 'nobody' })
    assertFailure(
      unknown,
      401,
      'token-not-valid',
      /it is unknown here or was revoked\. .*headlock token create/,
    )
  }
  assert.equal((await api.get('/v2/request-queues?unnamed=1')).data.total, 0)
})

httpTest(
  '9.3 every route that the description lists wants a token, but for /health and /ready',
  async (api) => {
    const { body } = await api.get('/openapi.json')
    let calls = 0
    for (const [path, methods] of Object.entries<object>(body.paths)) {
      for (const method of Object.keys(methods)) {
        const call = `${method} ${path}`
        // A sign-in takes the token in its body, and a sign-out needs none (session.test.ts).
        if (call === 'post /headlock/v1/session' || call === 'delete /headlock/v1/session') continue
        const answer = await api.call(method.toUpperCase(), path.replace(/\{\w+\}/g, 'x'), undefined, {
          token: null,
        })
        assert.equal(answer.status, path === '/health' || path === '/ready' ? 200 : 401, call)
        calls += 1
      }
    }
    // The page and the description itself are not listed; the description is in the list above.
    assert.equal(calls, everyCall.length - 1 + 2)
  },
)

httpTest('9.3 the token comes in the header or in the query', async (api) => {
  const { token } = api.server
  const none = { token: null }
  for (const authorization of [`Bearer ${token}`, `bearer ${token}`, `BEARER   ${token} `]) {
    assert.equal(
      (await api.get('/v2/users/me', { token: null, headers: { authorization } })).status,
      200,
      authorization,
    )
  }
  assert.equal((await api.get(`/v2/users/me?token=${token}`, none)).status, 200)
  assert.equal((await api.get(`/v2/users/me?token=wrong`)).status, 200, 'the header comes first')
  for (const authorization of ['', 'Bearer', 'Bearer ', `Basic ${token}`, token]) {
    const answer = await api.get('/v2/users/me', { token: null, headers: { authorization } })
    assertFailure(answer, 401, 'token-not-provided')
    const helped = await api.get(`/v2/users/me?token=${token}`, { token: null, headers: { authorization } })
    assert.equal(helped.status, 200)
  }
  assertFailure(await api.get('/v2/users/me?token=', none), 401, 'token-not-provided')
  for (const wrong of [`${token}x`, `${token} x`, token.toUpperCase(), 'ü']) {
    const answer = await api.get(`/v2/users/me?token=${encodeURIComponent(wrong)}`, none)
    assertFailure(answer, 401, 'token-not-valid')
  }
})

httpTest('9.3 a token that may only read gets 403 for everything that changes', async (api) => {
  const { token } = await api.server.createToken({ readOnly: true })
  const queue = await api.queueWith('a')
  const before = await api.stateOf(queue)
  api.server.clock.advance(1)
  for (const [method, path, body] of everyCall) {
    // A stream does not end by itself (queue-overviews.test.ts).
    if (path === '/headlock/v1/events' || path === '/headlock/v1/server/events') continue
    const answer = await api.call(method, path.replace('/v2/request-queues/x', queue), body, { token })
    if (method === 'GET') assert.notEqual(answer.status, 403, path)
    else assertFailure(answer, 403, 'permission-denied', /may only read/)
  }
  const overridden = await api.get(`${queue}?method=DELETE`, { token })
  assertFailure(overridden, 403, 'permission-denied')
  assert.deepEqual(await api.stateOf(queue), before)
})

httpTest('7.3 a caller with a read-only token is not a client of the queue', async (api) => {
  const { token } = await api.server.createToken({ readOnly: true })
  const queue = await api.queueWith('a')
  const statsOf = async () => (await api.get(queue)).data.stats
  const before = await statsOf()
  for (const path of [`${queue}/head`, `${queue}/requests`]) {
    for (const clientKey of ['', '?clientKey=looker']) {
      const { data } = await api.get(`${path}${clientKey}`, { token })
      assert.equal(data.items.length, 1)
    }
  }
  assert.deepEqual(await statsOf(), before)
  assert.equal((await api.get(`${queue}/head?clientKey=filler`)).data.hadMultipleClients, false)
  assert.equal((await api.get(`${queue}/head?clientKey=looker`)).data.hadMultipleClients, true)
})

httpTest('9.3 a token that was revoked stops working within a second', async (api) => {
  const { token, id } = await api.server.createToken()
  assert.equal((await api.get('/v2/users/me', { token })).status, 200)
  await api.server.store.revokeToken({ id })
  api.server.clock.advance(1000)
  assertFailure(await api.get('/v2/users/me', { token }), 401, 'token-not-valid')
})

httpTest('9.3 a new token works at once, also when it was tried before it was made', async (api) => {
  assertFailure(await api.get('/v2/users/me', { token: 'test-token-2' }), 401, 'token-not-valid')
  assert.equal((await api.server.createToken()).token, 'test-token-2')
  assert.equal((await api.get('/v2/users/me', { token: 'test-token-2' })).status, 200)
})

let lookUps = 0
httpTest(
  '9.3 the store is asked for a token once in a second',
  async (api) => {
    await api.get('/v2/users/me')
    lookUps = 0
    for (let call = 0; call < 5; call++) await api.get('/v2/users/me')
    assert.equal(lookUps, 0)
    api.server.clock.advance(1000)
    for (let call = 0; call < 5; call++) await api.get('/v2/users/me')
    assert.equal(lookUps, 1)
  },
  {
    around: (store): Store => ({
      ...store,
      findCaller(ask) {
        lookUps += 1
        return store.findCaller(ask)
      },
    }),
  },
)

httpTest('9.3 a caller without a token gets the answer before the body is read', async (api) => {
  const raw = Buffer.alloc(1_000_000, 'x')
  assertFailure(
    await api.post('/v2/request-queues/x/requests', undefined, { raw, token: null }),
    401,
    'token-not-provided',
  )
})
