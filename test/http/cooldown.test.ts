/** The cooldown of a host over HTTP (13.8). How it holds requests back is tested by the contract. */
import assert from 'node:assert/strict'
import { assertFailure, type Caller, httpTest, keysOf } from '../../harness/http/caller.ts'
import { toIso } from '../../src/domain/time.ts'

const path = (host: string) => `/headlock/v1/queues/~crawl/hosts/${host}/cooldown`

/** The queue `crawl` with a request of each of these hosts, whose unique key is the host. */
async function newQueue(api: Caller, ...hosts: string[]): Promise<void> {
  await api.post('/v2/request-queues?name=crawl')
  for (const host of hosts) {
    const added = await api.post('/v2/request-queues/~crawl/requests', {
      url: `https://${host}/`,
      uniqueKey: host,
    })
    assert.equal(added.status, 201, added.text)
  }
}

async function taken(api: Caller): Promise<string[]> {
  return keysOf(await api.post('/v2/request-queues/~crawl/head/lock?lockSecs=60&clientKey=a'))
}

const inMs = (api: Caller, ms: number) => toIso(api.server.clock.wallMs() + ms)

httpTest('13.8 a cooldown holds a host back until it ends, or is ended', async (api) => {
  await newQueue(api, 'a.test', 'b.test', 'c.test')
  const set = await api.post(path('a.test'), { secs: 1.5 })
  assert.equal(set.status, 200, set.text)
  assert.deepEqual(set.data, { group: 'a.test', cooldownUntil: inMs(api, 1500) })
  await api.post(`${path('b.test')}?secs=60`)
  assert.deepEqual(await taken(api), ['c.test'])
  api.server.clock.advance(1499)
  assert.deepEqual(await taken(api), [])
  api.server.clock.advance(1)
  assert.deepEqual(await taken(api), ['a.test'])
  assert.equal((await api.delete(path('b.test'))).status, 204)
  assert.deepEqual(await taken(api), ['b.test'])
  assert.equal((await api.delete(path('b.test'))).status, 204)
})

httpTest('13.8 the answer says which of several cooldowns counts', async (api) => {
  await newQueue(api, 'a.test')
  const latest = inMs(api, 60_000)
  const until = async (body: unknown, query = '') => {
    const answer = await api.post(`${path('a.test')}${query}`, body)
    assert.equal(answer.status, 200, answer.text)
    return answer.data.cooldownUntil
  }
  assert.equal(await until({ secs: 0 }), null)
  assert.equal(await until({ until: '1999-12-31' }), null)
  assert.equal(await until({ until: latest }), latest)
  assert.equal(await until({ secs: 5 }), latest)
  assert.equal(await until({ secs: 0 }), latest)
  await api.delete(path('a.test'))
  assert.equal(await until({ until: inMs(api, -1) }), null)
  assert.deepEqual(await taken(api), ['a.test'])
})

httpTest('13.8 until and secs in every form, in the body and in the query', async (api) => {
  await newQueue(api)
  const at = api.server.clock.wallMs() - (api.server.clock.wallMs() % 1000) + 3_600_000
  const until = toIso(at)
  const header = new Date(at).toUTCString()
  const forms: [query: string, body?: unknown][] = [
    ['', { until }],
    ['', { until: header }],
    ['', { until: at }],
    ['', { until: at, secs: null, reason: 'Retry-After' }],
    [`?until=${until}`],
    [`?until=${encodeURIComponent(header)}`],
    [`?until=${at}`],
    [`?until=${at}`, {}],
    [`?until=${at}`, []],
    [`?until=${at}`, { secs: null, until: null }],
  ]
  for (const [index, [query, body]] of forms.entries()) {
    const answer = await api.post(`${path(`h${index}.test`)}${query}`, body)
    const shown = JSON.stringify([query, body, answer.text])
    assert.deepEqual(answer.data, { group: `h${index}.test`, cooldownUntil: until }, shown)
  }
})

httpTest('13.8 what makes no sense is refused by name, and changes nothing', async (api) => {
  await newQueue(api, 'a.test')
  const needed = /: secs or until is needed, in a JSON body or in the query: /
  const bodies: [body: unknown, message: RegExp][] = [
    [{}, needed],
    [{ sec: 5 }, needed],
    [{ secs: null }, needed],
    [{ secs: '5' }, /: secs must be a number from 0 to 315360000$/],
    [{ secs: -1 }, /: secs must be/],
    [{ secs: 315_360_000.5 }, /: secs must be/],
    [{ until: 'tomorrow' }, /: until must be a time from 1970 to 9999 in ISO 8601, like /],
    [{ until: '5' }, /: until must be/],
    [{ until: -5 }, /: until must be/],
    [{ until: true }, /: until must be/],
    [{ secs: 5, until: '2030-01-01' }, /: secs and until were both given: give one of them$/],
    [[5], /: the body must be an object with secs or until$/],
    ['5', /: the body must be an object with secs or until$/],
    [5, /: the body must be an object with secs or until$/],
  ]
  for (const [body, message] of bodies) {
    assertFailure(await api.post(path('a.test'), body), 400, 'invalid-input', message)
  }
  assertFailure(await api.post(path('a.test')), 400, 'invalid-input', needed)
  const queries: [query: string, message: RegExp, body?: unknown][] = [
    [
      '?secs=-1',
      /query parameter secs was given "-1"; allowed is a decimal number in digits from 0 up to 315360000$/,
    ],
    ['?secs=1&secs=2', /query parameter secs was given 2 times/],
    ['?until=soon', /: until must be a time/],
    ['?until=99999999999999999', /: until must be a time/],
    ['?secs=5&until=2030-01-01', /: secs and until were both given/],
    ['?secs=5', /: secs or until must be given once: in the query, or in the body$/, { secs: 5 }],
    ['?secs=5', /: secs or until must be given once/, { until: '2030-01-01' }],
  ]
  for (const [query, message, body] of queries) {
    assertFailure(await api.post(`${path('a.test')}${query}`, body), 400, 'invalid-input', message)
  }
  assert.deepEqual(await taken(api), ['a.test'])
})

httpTest('13.3, 13.8 the group is named as people write hosts', async (api) => {
  await newQueue(api)
  const names: [given: string, group: string][] = [
    ['Example.COM', 'example.com'],
    ['b%C3%BCcher.example', 'xn--bcher-kva.example'],
    ['127.0.0.1', '127.0.0.1'],
    ['%5B::1%5D', '[::1]'],
    [`${'x'.repeat(60)}.${'y'.repeat(63)}.${'z'.repeat(63)}.${'a'.repeat(63)}`, ''],
  ]
  for (const [given, group] of names) {
    const answer = await api.post(path(given), { secs: 5 })
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.data.group, group || given)
    assert.equal((await api.delete(path(given))).status, 204)
  }
  for (const [given, message] of [
    ['example.com:8080', /: the group "example\.com:8080" in the path .* without a port/],
    ['https%3A%2F%2Fexample.com', /compared without a scheme/],
    ['*', /in the path can never match/],
    ['a%20b', /has white space in it/],
  ] as const) {
    assertFailure(await api.post(path(given), { secs: 5 }), 400, 'invalid-input', message)
    assertFailure(await api.delete(path(given)), 400, 'invalid-input', message)
  }
})

httpTest('13.3, 13.8 with domains as groups, a host stands for its domain', async (api) => {
  await newQueue(api, 'www.a.test', 'b.test')
  await api.put('/headlock/v1/queues/~crawl/policy', { groupBy: 'domain' })
  const { data } = await api.post(path('shop.a.test'), { secs: 5 })
  assert.equal(data.group, 'a.test')
  assert.deepEqual(await taken(api), ['b.test'])
  await api.delete(path('www.a.test'))
  assert.deepEqual(await taken(api), ['www.a.test'])
})

httpTest('9.3 a cooldown needs a token that may write, and the queue of its owner', async (api) => {
  await newQueue(api, 'a.test')
  const { token: readOnly } = await api.server.createToken({ readOnly: true })
  for (const method of ['POST', 'DELETE']) {
    const call = (token: string | null, to = path('a.test')) => api.call(method, to, { secs: 5 }, { token })
    assertFailure(await call(null), 401, 'token-not-provided')
    assertFailure(await call('wrong'), 401, 'token-not-valid')
    assertFailure(await call(readOnly), 403, 'permission-denied', /this token may only read/)
    const other = '/headlock/v1/queues/~other/hosts/a.test/cooldown'
    assertFailure(await call(api.server.token, other), 404, 'record-not-found')
  }
  const wrong = await api.get(path('a.test'))
  assertFailure(wrong, 405, 'method-not-allowed', /: OPTIONS,POST,DELETE$/)
  assert.deepEqual(await taken(api), ['a.test'])
})
