import assert from 'node:assert/strict'
import { type Answer, type Caller, httpTest, page } from '../../harness/http/caller.ts'

const site = 'https://app.example.com'
const other = 'https://evil.example.com'
const fromSite = { origin: site, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }
const fromOther = { ...fromSite, origin: other }
const listed = { browsers: { corsOrigins: [site, 'http://localhost:3000'] } }

function corsHeadersOf({ headers }: Answer): string[] {
  return [...headers.keys()].filter((name) => name.startsWith('access-control-'))
}

/** A call of every kind: done, refused for every reason, led nowhere, refused before and after the router. */
async function callsOfAllKinds(api: Caller, headers: Record<string, string>): Promise<Answer[]> {
  const queue = await api.queue()
  return [
    await api.get(queue, { headers }),
    await api.post(`${queue}/requests`, page('a'), { headers }),
    await api.delete(queue, undefined, { headers }),
    await api.get(queue, { headers }),
    await api.get('/v2/users/me', { headers, token: null }),
    await api.get('/v2/users/me', { headers, token: 'wrong' }),
    await api.get('/v2/request-queues?limit=x', { headers }),
    await api.get('/v2/users/me?method=x', { headers }),
    await api.post('/v2/request-queues', undefined, { headers, raw: '{' }),
    await api.post(`${queue}/requests`, page('a'), { headers: { ...headers, 'content-encoding': 'x' } }),
    await api.get('/nothing', { headers }),
    await api.get('/v2/request-queues/%zz', { headers }),
    await api.post('/v2/users/me', undefined, { headers }),
    await api.get('/health', { headers }),
    await api.get('/docs', { headers }),
  ]
}
const statuses = [200, 201, 204, 404, 401, 401, 400, 400, 400, 415, 404, 400, 405, 200, 200]

httpTest(
  'a listed site may call: every answer says so, failures too',
  async (api) => {
    const answers = await callsOfAllKinds(api, fromSite)
    assert.deepEqual(
      answers.map(({ status }) => status),
      statuses,
    )
    for (const { headers } of answers) {
      assert.equal(headers.get('access-control-allow-origin'), site)
      assert.match(
        headers.get('access-control-expose-headers')!,
        /Location, Retry-After, Allow, x-ratelimit-limit/,
      )
      assert.equal(headers.get('access-control-allow-credentials'), null)
      assert.match(headers.get('vary')!, /\bOrigin\b/)
    }
    const local = await api.get('/v2/users/me', { headers: { ...fromSite, origin: 'http://localhost:3000' } })
    assert.equal(local.headers.get('access-control-allow-origin'), 'http://localhost:3000')
  },
  listed,
)

httpTest(
  'a site that is not listed is refused, and a call without a site gets no header but Vary',
  async (api) => {
    for (const origin of [other, 'null', 'https://app.example.com.evil.com', 'http://app.example.com']) {
      const before = await api.stateOf(await api.queue())
      const refused = await api.post('/v2/request-queues', undefined, { headers: { ...fromSite, origin } })
      assert.deepEqual([refused.status, refused.body.error.type], [403, 'permission-denied'])
      assert.deepEqual(corsHeadersOf(refused), [])
      assert.match(refused.headers.get('vary')!, /\bOrigin\b/)
      assert.ok(before)
    }
    const plain = await api.get('/v2/users/me')
    assert.deepEqual([plain.status, plain.headers.get('vary'), corsHeadersOf(plain)], [200, 'Origin', []])
  },
  listed,
)

httpTest(
  'a preflight is answered as browsers need it, on every path',
  async (api) => {
    const asked = {
      ...fromSite,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'authorization,content-encoding,content-type,x-my-header',
    }
    for (const path of [
      '/v2/request-queues',
      '/v2/request-queues/x/requests/y',
      '/v2/users/me?a=b',
      '/nothing',
    ]) {
      const { status, headers, text } = await api.call('OPTIONS', path, undefined, {
        token: null,
        headers: asked,
      })
      assert.deepEqual([status, text], [204, ''])
      assert.ok(headers.get('allow')!.startsWith('OPTIONS'))
      assert.equal(headers.get('access-control-allow-origin'), site)
      assert.equal(headers.get('access-control-allow-methods'), 'GET, HEAD, POST, PUT, DELETE, OPTIONS')
      assert.equal(
        headers.get('access-control-allow-headers'),
        'Authorization, Content-Type, Content-Encoding, x-my-header',
      )
      assert.equal(headers.get('access-control-max-age'), '7200')
      assert.match(headers.get('vary')!, /^Origin, Access-Control-Request-Headers/)
      assert.equal(headers.get('access-control-allow-private-network'), null)
    }
    const ask = async (more: Record<string, string>) => {
      return (
        await api.call('OPTIONS', '/v2/users/me', undefined, { token: null, headers: { ...asked, ...more } })
      ).headers
    }
    const fromPublic = await ask({ 'access-control-request-private-network': 'true' })
    assert.equal(fromPublic.get('access-control-allow-private-network'), 'true')
    for (const strange of ['a b', 'x: y', 'x,', 'a,'.repeat(2000)]) {
      const headers = await ask({ 'access-control-request-headers': strange })
      assert.equal(
        headers.get('access-control-allow-headers'),
        'Authorization, Content-Type, Content-Encoding',
      )
    }
    const refused = await api.call('OPTIONS', '/v2/users/me', undefined, {
      token: null,
      headers: { ...asked, ...fromOther },
    })
    assert.deepEqual([refused.status, corsHeadersOf(refused)], [204, []])
  },
  listed,
)

httpTest(
  'with * every site may call',
  async (api) => {
    for (const { headers } of await callsOfAllKinds(api, fromOther)) {
      assert.equal(headers.get('access-control-allow-origin'), '*')
      assert.equal(headers.get('vary'), null)
    }
  },
  { browsers: { corsOrigins: ['*'] } },
)

httpTest('without --cors-origins no answer has a header of CORS, and no site may call', async (api) => {
  for (const answer of await callsOfAllKinds(api, fromSite)) {
    assert.deepEqual([corsHeadersOf(answer), answer.headers.get('vary')], [[], null])
    if (answer.status !== 200) assert.equal(answer.status, 403)
  }
  for (const answer of await callsOfAllKinds(api, {})) assert.deepEqual(corsHeadersOf(answer), [])
  const preflight = await api.call('OPTIONS', '/v2/users/me', undefined, {
    token: null,
    headers: { ...fromSite, 'access-control-request-method': 'PUT' },
  })
  assert.deepEqual(
    [preflight.status, preflight.headers.get('allow'), corsHeadersOf(preflight)],
    [204, 'OPTIONS,GET', []],
  )
})
