/**
 * Input in a place that a call does not read is used, refused, or documented as ignored. It is never lost
 * silently.
 */
import assert from 'node:assert/strict'
import { assertFailure, httpTest, keysOf, page } from '../../harness/http/caller.ts'
import { requestIdOf } from '../../src/domain/identity.ts'

httpTest('7.5 the name of a queue may come in a JSON body', async (api) => {
  const made = await api.post('/v2/request-queues', { name: 'Shop' })
  assert.equal(made.status, 201)
  assert.equal(made.data.name, 'Shop')
  for (const again of [
    await api.post('/v2/request-queues', { name: 'shop' }),
    await api.post('/v2/request-queues?name=SHOP'),
    await api.post('/v2/request-queues?name=shop', { name: 'SHOP' }),
    await api.post('/v2/request-queues?name=shop', { name: null, other: 1 }),
    await api.post('/v2/request-queues?name=shop', []),
    await api.post('/v2/request-queues?name=shop', {}),
    await api.post('/v2/request-queues?name=shop', null),
  ]) {
    assert.deepEqual([again.status, again.data?.id], [200, made.data.id], again.text)
  }
  for (const body of [{}, [], null, { name: null }, { url: 'x' }]) {
    const unnamed = await api.post('/v2/request-queues', body)
    assert.deepEqual([unnamed.status, unnamed.data?.name], [201, null], unnamed.text)
  }
})

httpTest('7.5 a body describes the queue that is made, and changes none that is there', async (api) => {
  const described = { title: 'My shop', generalAccess: 'RESTRICTED' }
  for (const [path, body] of [
    ['', { name: 'in-body', ...described }],
    ['?name=in-query', described],
    ['', described],
  ] as const) {
    const made = await api.post(`/v2/request-queues${path}`, body)
    assert.deepEqual([made.data.title, made.data.generalAccess], Object.values(described))
    assert.deepEqual((await api.get(`/v2/request-queues/${made.data.id}`)).data, made.data)
  }
  const again = await api.post('/v2/request-queues', { name: 'in-body', title: 'Other', generalAccess: null })
  assert.deepEqual(
    [again.status, again.data.title, again.data.generalAccess],
    [200, ...Object.values(described)],
  )
  const empty = await api.post('/v2/request-queues', { title: null, generalAccess: null })
  assert.deepEqual([empty.data.title, empty.data.generalAccess], [undefined, undefined])
})

httpTest('7.5 a wrong body is refused, and no queue is made', async (api) => {
  const wrong: [path: string, body: unknown, message: RegExp][] = [
    ['?name=a', { name: 'b' }, /the name is "a" in the query and "b" in the body; give one name$/],
    ['?name=a', { name: '' }, /the name is "a" in the query and "" in the body/],
    ['?name=a', { name: 'ä' }, /"ä" in the body/],
    ['', { name: '' }, /1 to 63 characters/],
    ['', { name: 'a b' }, /1 to 63 characters/],
    ['', { name: 'a'.repeat(64) }, /1 to 63 characters/],
    ['', { name: 5 }, /name must be a string or null$/],
    ['', { name: ['a'] }, /name must be a string or null$/],
    ['', { title: 5 }, /title must be a string or null$/],
    ['', { title: 'x'.repeat(201) }, /title must have 200 characters at most/],
    ['', { generalAccess: 'X' }, /generalAccess must be one of/],
    ['', ['a'], /the body must have 0 elements at most$/],
    ['', 'a', /the body must be an object or a list or null$/],
    ['?title=x', undefined, /does not take the query parameter title: it belongs in the JSON body$/],
    ['?generalAccess=x&name=a', {}, /generalAccess/],
  ]
  for (const [path, body, message] of wrong) {
    assertFailure(await api.post(`/v2/request-queues${path}`, body), 400, 'invalid-input', message)
  }
  const plain = { raw: 'name=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  assertFailure(await api.post('/v2/request-queues', undefined, plain), 400, 'invalid-content-type-header')
  assert.equal((await api.get('/v2/request-queues?unnamed=1')).data.total, 0)
})

httpTest(
  '9.5 a parameter in the body of a call that reads none is refused, and changes nothing',
  async (api) => {
    const queue = await api.queueWith('a', 'b')
    await api.post(`${queue}/head/lock?lockSecs=60&limit=1&clientKey=me`)
    const request = `${queue}/requests/${requestIdOf('a')}`
    const before = await api.stateOf(queue)
    api.server.clock.advance(1)
    const calls: [method: string, path: string, body: unknown, message: RegExp][] = [
      ['POST', `${queue}/requests/unlock`, { clientKey: 'me' }, /takes clientKey in the query, and no body$/],
      ['POST', `${queue}/requests/unlock?clientKey=me`, [{ id: 'x' }], /takes no list in its body$/],
      ['POST', `${queue}/head/lock`, { lockSecs: 60 }, /takes lockSecs in the query/],
      ['POST', `${queue}/head/lock?lockSecs=60`, { limit: 1 }, /takes limit in the query/],
      ['POST', `${queue}/head/lock?lockSecs=60`, { lockSecs: 5, clientKey: 'me' }, /takes clientKey/],
      ['PUT', `${request}/lock?lockSecs=60&clientKey=me`, { forefront: true }, /takes forefront/],
      ['PUT', `${request}/lock?lockSecs=60`, { clientKey: 'me' }, /takes clientKey/],
      ['DELETE', `${request}/lock?clientKey=me`, { forefront: true }, /takes forefront/],
      ['DELETE', request, { clientKey: 'me' }, /takes clientKey/],
    ]
    for (const [method, path, body, message] of calls) {
      assertFailure(await api.call(method, path, body), 400, 'invalid-input', message)
    }
    assert.deepEqual(await api.stateOf(queue), before)
  },
)

httpTest('9.5 a body without parameters is ignored by such a call', async (api) => {
  const queue = await api.queueWith('a')
  const request = `${queue}/requests/${requestIdOf('a')}`
  for (const body of [undefined, null, {}, [], '', { other: 1 }, { clientKey: null }]) {
    const locked = await api.post(`${queue}/head/lock?lockSecs=60&clientKey=me`, body)
    assert.deepEqual([locked.status, keysOf(locked)], [200, ['a']], JSON.stringify(body))
    assert.equal((await api.put(`${request}/lock?lockSecs=60&clientKey=me`, body)).status, 200)
    assert.equal((await api.delete(`${request}/lock?clientKey=me`, body)).status, 204)
    assert.equal((await api.post(`${queue}/requests/unlock?clientKey=me`, body)).status, 200)
  }
  const both = await api.post(`${queue}/head/lock?lockSecs=60&clientKey=me`, {
    lockSecs: 60,
    clientKey: 'me',
  })
  assert.equal(both.status, 200, 'what the query has is not lost')
})

httpTest('9.5 parameters of other calls are refused where to ignore them would mislead', async (api) => {
  const queue = await api.queueWith('a')
  const before = await api.stateOf(queue)
  const calls: [method: string, path: string, body: unknown, message: RegExp][] = [
    ['GET', '/v2/request-queues?name=x', undefined, /name: GET \/v2\/request-queues\/~NAME is the queue/],
    ['PUT', `${queue}?name=x`, {}, /name: it belongs in the JSON body/],
    ['PUT', `${queue}?title=x`, { name: 'a' }, /title: it belongs in the JSON body/],
    ['PUT', `${queue}?generalAccess=x`, {}, /generalAccess: it belongs in the JSON body/],
    ['GET', `${queue}/head?lockSecs=60`, undefined, /lockSecs: it locks nothing; POST head\/lock does$/],
    ['GET', `${queue}/requests?offset=1000`, undefined, /offset: the next page begins where `cursor` says/],
  ]
  for (const [method, path, body, message] of calls) {
    assertFailure(await api.call(method, path, body), 400, 'invalid-input', message)
  }
  assert.deepEqual(await api.stateOf(queue), before)
})

httpTest(
  '9.5 other unknown parameters are ignored, because clients send more than a call needs',
  async (api) => {
    const queue = await api.queueWith('a')
    const request = `${queue}/requests/${requestIdOf('a')}`
    const more = 'clientKey=me&timeout=5000&timeoutSecs=5&forefront=1&desc=1&token=x&_=1&_=2'
    for (const path of [
      '/v2/request-queues',
      queue,
      `${queue}/head`,
      `${queue}/requests`,
      request,
      '/v2/users/me',
    ]) {
      assert.equal((await api.get(`${path}?${more}`)).status, 200, path)
    }
    for (const [method, path, body] of [
      ['POST', '/v2/request-queues', undefined],
      ['PUT', queue, {}],
      ['POST', `${queue}/requests`, page('b')],
      ['POST', `${queue}/requests/batch`, [page('b')]],
      ['DELETE', `${queue}/requests/batch`, [{ uniqueKey: 'b' }]],
      ['POST', `${queue}/requests/unlock`, undefined],
      ['PUT', request, page('a')],
      ['DELETE', request, undefined],
      ['DELETE', queue, undefined],
    ] as const) {
      const answer = await api.call(method, `${path}?${more}&limit=5&filter=x&offset=3`, body)
      assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
    }
  },
)
