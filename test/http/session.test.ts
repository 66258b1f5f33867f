import assert from 'node:assert/strict'
import { type Answer, assertFailure, type Caller, httpTest } from '../../harness/http/caller.ts'

const path = '/headlock/v1/session'

/** Signs in, and returns the cookie as the browser sends it back. */
async function signIn(api: Caller, token = api.server.token): Promise<string> {
  const answer = await api.post(path, { token }, { token: null })
  assert.equal(answer.status, 200, answer.text)
  const [cookie] = answer.headers.getSetCookie()
  assert.match(cookie!, /^headlock_pages_\w+=[\w-]+; Max-Age=28800; Path=\/; HttpOnly; SameSite=Strict$/)
  return cookie!.split(';')[0]!
}

/** A call as the console makes it, from the origin of the server unless `headers` say otherwise. */
async function callOfConsole(
  api: Caller,
  cookie: string,
  method: string,
  to: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const origin = method === 'GET' ? {} : { origin: api.server.url }
  const own: Record<string, string> = { cookie, 'x-headlock-console': '1', ...origin, ...headers }
  for (const [name, value] of Object.entries(own)) if (value === '') delete own[name]
  return api.call(method, to, undefined, { token: null, headers: own })
}

httpTest('a token signs in to the console, which then calls the API with the cookie', async (api) => {
  const cookie = await signIn(api)
  const session = await callOfConsole(api, cookie, 'GET', path)
  assert.deepEqual(session.data, {
    userId: api.server.userId,
    username: 'tester',
    runId: null,
    mayWrite: true,
  })
  const made = await callOfConsole(api, cookie, 'POST', '/v2/request-queues?name=made')
  assert.equal(made.status, 201)
  const queue = `/v2/request-queues/${made.data.id}`
  assert.equal((await callOfConsole(api, cookie, 'GET', queue)).data.name, 'made')
  assert.equal((await callOfConsole(api, cookie, 'POST', `${queue}/head/lock?lockSecs=1`)).status, 200)
  assert.equal((await callOfConsole(api, cookie, 'DELETE', queue)).status, 204)
})

httpTest('the cookie authorizes no call that did not come from the console of this server', async (api) => {
  const cookie = await signIn(api)
  const queue = await api.queueWith('a')
  for (const headers of [
    { 'x-headlock-console': '' },
    { 'x-headlock-console': '0' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'https://evil.example.com' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:1' },
  ] as Record<string, string>[]) {
    for (const [method, to] of [
      ['GET', queue],
      ['GET', path],
      ['GET', `${queue}/head`],
      ['DELETE', queue],
      ['POST', `${queue}/requests/unlock`],
      ['GET', `${queue}?method=DELETE`],
    ] as const) {
      const { status } = await callOfConsole(api, cookie, method, to, headers)
      assert.ok(status === 401 || status === 403, `${method} ${to} ${JSON.stringify(headers)}: ${status}`)
    }
  }
  // A change has to name its origin.
  for (const [method, to] of [
    ['DELETE', queue],
    ['POST', `${queue}/requests/unlock`],
    ['GET', `${queue}?method=DELETE`],
  ] as const) {
    assertFailure(await callOfConsole(api, cookie, method, to, { origin: '' }), 401, 'token-not-provided')
  }
  assert.equal((await api.get(queue)).data.totalRequestCount, 1)
})

httpTest('a read-only token signs in, says so, and changes nothing', async (api) => {
  const { token, id } = await api.server.createToken({ readOnly: true })
  const cookie = await signIn(api, token)
  assert.equal((await callOfConsole(api, cookie, 'GET', path)).data.mayWrite, false)
  const queue = await api.queueWith('a')
  assertFailure(await callOfConsole(api, cookie, 'DELETE', queue), 403, 'permission-denied')
  await api.server.store.revokeToken({ id })
  assertFailure(await callOfConsole(api, cookie, 'GET', path), 401, 'token-not-provided')
})

httpTest('wrong tokens sign nobody in and are counted; other sites cannot sign in or out', async (api) => {
  for (const token of ['wrong', '  ', `${api.server.token}x`]) {
    const answer = await api.post(path, { token }, { token: null })
    assertFailure(answer, 401, 'token-not-valid')
    assert.deepEqual(answer.headers.getSetCookie(), [])
  }
  for (const body of [{}, { token: '' }, { token: 1 }, { token: 'x'.repeat(1001) }])
    assertFailure(await api.post(path, body, { token: null }), 400, 'invalid-input')
  const { token } = api.server
  for (const method of ['POST', 'DELETE']) {
    const headers = { origin: 'https://evil.example.com' }
    const answer = await api.call(method, path, method === 'POST' ? { token } : undefined, {
      token: null,
      headers,
    })
    assert.deepEqual([answer.status, answer.headers.getSetCookie()], [403, []])
  }
  for (let wrong = 0; wrong < 20; wrong++) await api.post(path, { token: `wrong-${wrong}` }, { token: null })
  assert.equal((await api.post(path, { token: 'wrong' }, { token: null })).status, 429)
  await signIn(api)
})

httpTest('signing out removes the cookie', async (api) => {
  const cookie = await signIn(api)
  const out = await callOfConsole(api, cookie, 'DELETE', path)
  assert.equal(out.status, 204)
  const [ended] = out.headers.getSetCookie()
  assert.match(ended!, /^headlock_pages_\w+=; Max-Age=0; Path=\/; HttpOnly; SameSite=Strict$/)
  assert.equal(ended!.split('=')[0], cookie.split('=')[0])
})
