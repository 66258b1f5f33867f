import assert from 'node:assert/strict'
import { assertFailure, type Caller, httpTest } from '../../harness/http/caller.ts'
import { tokenHashOf } from '../../src/domain/token.ts'

/** A policy with every field. */
const full = {
  groupBy: 'domain',
  rules: [
    { hosts: ['example.com', '*.Example.org'], concurrency: 2, delaySecs: 0.25, paused: false },
    { hosts: '*' },
  ],
  adaptive: { maxDelaySecs: 60 },
  retry: { initialSecs: 1, factor: 2, maxSecs: 60 },
  revisit: [{ hosts: 'news.example', afterSecs: 3600 }],
  priorities: [
    { label: 'DETAIL', priority: 1 },
    { hosts: 'example.com', priority: -10 },
  ],
  lockExpiriesMax: 3,
  paused: false,
  history: true,
}

async function newQueue(api: Caller): Promise<string> {
  await api.post('/v2/request-queues?name=crawl')
  return '/headlock/v1/queues/~crawl/policy'
}

function active(policy: object, version: number) {
  return { policy, version, state: 'active', progress: null }
}

httpTest('13.1 a policy is put, shown as it came, and deleted', async (api) => {
  const path = await newQueue(api)
  assert.deepEqual((await api.get(path)).data, active({}, 0))
  const put = await api.put(path, full)
  assert.equal(put.status, 200)
  assert.equal(put.headers.get('content-type'), 'application/json; charset=utf-8')
  assert.deepEqual(put.data, active(full, 1))
  assert.deepEqual((await api.get(path)).data, active(full, 1))
  assert.deepEqual((await api.put(path, { paused: true })).data, active({ paused: true }, 2))
  assert.deepEqual((await api.delete(path)).data, active({}, 3))
  assert.deepEqual((await api.get(path)).data, active({}, 3))
})

httpTest('7.6 a queue has the same three addresses as below /v2', async (api) => {
  const { data } = await api.post('/v2/request-queues?name=crawl')
  const me = await api.get('/v2/users/me')
  for (const address of [data.id, '~crawl', '~CRAWL', `${me.data.username}~crawl`, '%7Ecrawl']) {
    const path = `/headlock/v1/queues/${address}/policy`
    assert.equal((await api.put(path, {})).status, 200, address)
    assert.equal((await api.get(`${path}/`)).status, 200, address)
  }
  for (const address of ['crawl', '~other', 'nobody~crawl', 'x'.repeat(17)]) {
    const path = `/headlock/v1/queues/${address}/policy`
    assertFailure(await api.get(path), 404, 'record-not-found', /^Request Queue was not found$/)
    assertFailure(await api.put(path, {}), 404, 'record-not-found')
    assertFailure(await api.delete(path), 404, 'record-not-found')
  }
})

httpTest('13.1 what a policy may not say is refused by name, and changes nothing', async (api) => {
  const path = await newQueue(api)
  await api.put(path, full)
  const refusals: [body: unknown, message: RegExp][] = [
    [{ rule: [] }, /^Invalid input: rule is not a field of a policy: allowed are groupBy, rules, /],
    [
      { rules: [{ hosts: 'https://example.com' }] },
      /^Invalid input: rules\[0\]\.hosts "https:.* write only the host/,
    ],
    [
      { rules: [{ hosts: '*', concurrency: 0 }] },
      /: rules\[0\]\.concurrency must be a whole number from 1 to 1000$/,
    ],
    [{ paused: 1 }, /^Invalid input: paused must be true or false$/],
    [[], /^Invalid input: a policy must be an object with the fields groupBy, /],
    [
      { priorities: Array(4000).fill({ label: 'a', priority: 1 }) },
      /: a policy must have at most 65536 bytes as JSON$/,
    ],
  ]
  for (const [body, message] of refusals)
    assertFailure(await api.put(path, body), 400, 'invalid-input', message)
  assertFailure(
    await api.put(path),
    400,
    'invalid-input',
    /: a JSON body is needed, an object, with the header/,
  )
  assertFailure(
    await api.put(path, undefined, { raw: 'null' }),
    400,
    'invalid-input',
    /a JSON body is needed/,
  )
  assertFailure(
    await api.put(path, undefined, { raw: '{' }),
    400,
    'invalid-input',
    /: the body is not valid JSON/,
  )
  const headers = { 'content-type': 'text/plain' }
  assertFailure(await api.put(path, full, { headers }), 400, 'invalid-content-type-header')
  assert.deepEqual((await api.get(path)).data, active(full, 1))
})

httpTest('13.1 If-Match names the version that a change replaces', async (api) => {
  const path = await newQueue(api)
  const given = (version: string) => ({ headers: { 'if-match': version } })
  assert.equal((await api.put(path, { paused: true }, given('0'))).data.version, 1)
  for (const version of ['0', '"0"', '2', 'W/"2"']) {
    const message = new RegExp(
      `If-Match names version ${version.replace(/\D/g, '')}, but the queue has version 1\\. `,
    )
    assertFailure(await api.put(path, {}, given(version)), 412, 'precondition-failed', message)
    assertFailure(await api.delete(path, undefined, given(version)), 412, 'precondition-failed', message)
  }
  for (const version of ['', 'x', '"1', '1, 2', '"1", "2"', '-1', '1.0', '1'.repeat(16)]) {
    const message = /: the header If-Match must name one version of the policy, as in If-Match: "3"$/
    assertFailure(await api.put(path, {}, given(version)), 400, 'invalid-input', message)
    assertFailure(await api.delete(path, undefined, given(version)), 400, 'invalid-input', message)
  }
  assert.deepEqual((await api.get(path)).data, active({ paused: true }, 1))
  let expected = 1
  for (const version of ['1', '"2"', 'W/"3"', ' 4 ', '*']) {
    assert.equal((await api.put(path, {}, given(version))).data.version, ++expected)
  }
  assert.equal((await api.delete(path, undefined, given('"6"'))).data.version, 7)
})

httpTest('9.3 a policy needs a token, and a read-only token may only read it', async (api) => {
  const path = await newQueue(api)
  const { token: readOnly } = await api.server.createToken({ readOnly: true })
  for (const [method, body] of [
    ['GET', undefined],
    ['PUT', {}],
    ['DELETE', undefined],
  ] as const) {
    assertFailure(await api.call(method, path, body, { token: null }), 401, 'token-not-provided')
    assertFailure(await api.call(method, path, body, { token: 'wrong' }), 401, 'token-not-valid')
    const answer = await api.call(method, path, body, { token: readOnly })
    if (method === 'GET') assert.equal(answer.status, 200)
    else assertFailure(answer, 403, 'permission-denied', /this token may only read/)
  }
  const { id: userId } = await api.server.store.ensureUser({ username: 'stranger' })
  const stranger = 'token-of-a-stranger'
  const traits = { label: null, runId: null, readOnly: false }
  await api.server.store.createToken({ userId, tokenHash: tokenHashOf(stranger), ...traits })
  const { data } = await api.get('/v2/request-queues/~crawl')
  const byId = `/headlock/v1/queues/${data.id}/policy`
  assertFailure(await api.get(byId, { token: stranger }), 404, 'record-not-found')
  assertFailure(await api.put(byId, {}, { token: stranger }), 404, 'record-not-found')
  assertFailure(await api.delete(byId, undefined, { token: stranger }), 404, 'record-not-found')
})

httpTest('9.1, 9.6, 9.9 other paths, methods and forms are as below /v2', async (api) => {
  const path = await newQueue(api)
  for (const unknown of [
    '/headlock',
    '/headlock/v1',
    '/headlock/v1/queues/~crawl/policies',
    `${path}/x`,
    '/headlock/v2',
  ]) {
    assertFailure(await api.get(unknown, { token: null }), 404, 'page-not-found')
  }
  const wrong = await api.post(path, {})
  assertFailure(wrong, 405, 'method-not-allowed', /: OPTIONS,GET,PUT,DELETE$/)
  assert.equal(wrong.headers.get('allow'), 'OPTIONS,GET,PUT,DELETE')
  const options = await api.call('OPTIONS', path, undefined, { token: null })
  assert.deepEqual([options.status, options.headers.get('allow')], [204, 'OPTIONS,GET,PUT,DELETE'])
  assert.deepEqual((await api.post(`${path}?method=PUT`, full)).data, active(full, 1))
  assert.deepEqual((await api.get(`${path}?method=DELETE`)).data, active({}, 2))
  const list = await api.put(path, undefined, {
    raw: JSON.stringify({ history: true }),
    headers: { 'content-type': 'application/json; charset=utf-8' },
  })
  assert.deepEqual(list.data, active({ history: true }, 3))
  assert.equal(list.headers.get('x-ratelimit-limit'), '1000000')
})

httpTest('13.13 head/lock of a paused queue answers no items and true', async (api) => {
  const path = await newQueue(api)
  await api.post('/v2/request-queues/~crawl/requests', { url: 'https://example.com/', uniqueKey: '1' })
  const lock = () => api.post('/v2/request-queues/~crawl/head/lock?lockSecs=60&clientKey=a')
  await api.put(path, { paused: true })
  const paused = (await lock()).data
  assert.deepEqual([paused.items, paused.queueHasLockedRequests], [[], true])
  assert.equal((await api.get('/v2/request-queues/~crawl/head')).data.items.length, 1)
  await api.put(path, { paused: false })
  assert.equal((await lock()).data.items.length, 1)
})

httpTest('2.8 half a surrogate pair in a policy is shown as U+FFFD', async (api) => {
  const path = await newQueue(api)
  const raw = '{"priorities": [{"label": "a\\ud800", "priority": 1}, {"label": "b\\u0000", "priority": 1}]}'
  assert.equal((await api.put(path, undefined, { raw })).status, 200)
  const { policy } = (await api.get(path)).data
  assert.deepEqual(
    policy.priorities.map(({ label }: { label: string }) => label),
    ['a\ufffd', 'b\u0000'],
  )
})

httpTest(
  '9.7 calls on a policy count as calls on its queue',
  async (api) => {
    const path = await newQueue(api)
    const statuses: number[] = []
    for (let call = 0; call < 61; call++) {
      const { status, headers } = await api.get(call % 2 === 0 ? path : '/v2/request-queues/~crawl')
      assert.equal(headers.get('x-ratelimit-limit'), '60')
      statuses.push(status)
    }
    assert.deepEqual(statuses, [...Array(60).fill(200), 429])
    assertFailure(await api.put(path, {}), 429, 'rate-limit-exceeded')
  },
  { rateLimits: 'hosted' },
)
