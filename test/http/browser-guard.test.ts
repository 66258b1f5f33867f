import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type Caller, httpTest } from '../../harness/http/caller.ts'

/** The status that a call is answered with; its headers are these and no others. */
async function statusOf(
  api: Caller,
  line: string,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  const socket = connect({ port: api.server.port, host: '127.0.0.1' })
  let heard = ''
  socket.on('data', (bytes) => {
    heard += bytes
  })
  const lines = Object.entries({ ...headers, Connection: 'close', 'Content-Length': '0' })
  socket.write(`${line}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
  await once(socket, 'close')
  return Number(/^HTTP\/1\.1 (\d+)/.exec(heard)?.[1])
}

const get = 'GET /v2/users/me HTTP/1.1'
const post = 'POST /v2/request-queues HTTP/1.1'
const onLoopback = { browsers: { hosts: ['my-machine'] } }

httpTest(
  'on loopback a call names a host of loopback, or none: others are what DNS rebinding makes',
  async (api) => {
    const authorization = { Authorization: `Bearer ${api.server.token}` }
    const own = [
      'localhost',
      '127.0.0.1',
      '127.1.2.3',
      '[::1]',
      'LocalHost',
      'localhost.',
      'app.localhost',
      'my-machine',
      'MY-machine',
    ]
    for (const name of own) {
      for (const port of ['', ':4747', ':80', `:${api.server.port}`]) {
        assert.equal(await statusOf(api, get, { Host: name + port, ...authorization }), 200, name + port)
      }
    }
    const foreign = [
      'evil.example.com',
      'evil.example.com:4747',
      'localhost.evil.com',
      '127.0.0.1.evil.com',
      '127.evil.com',
      'my-machine.evil.com',
      'localhost@evil.com',
      'localhost:80@evil.com',
      'localhost:x',
      '192.168.0.1',
      '0.0.0.0:4747',
      '[::2]',
      '[::ffff:1.2.3.4]',
      'xlocalhost',
    ]
    for (const name of foreign) {
      for (const line of [get, post, 'GET /docs HTTP/1.1', 'GET /nothing HTTP/1.1', 'PUT /health HTTP/1.0']) {
        const expected = line.includes('/health') ? 405 : 403
        assert.equal(await statusOf(api, line, { Host: name, ...authorization }), expected, name)
        // Once more, now that it is known.
        assert.equal(await statusOf(api, line, { Host: name, ...authorization }), expected, name)
      }
      // Health checks may use any name, and OPTIONS is answered everywhere.
      assert.equal(await statusOf(api, 'GET /health HTTP/1.1', { Host: name }), 200)
      assert.equal(await statusOf(api, 'HEAD /ready/?x HTTP/1.1', { Host: name }), 200)
      assert.equal(await statusOf(api, 'OPTIONS /v2/users/me HTTP/1.1', { Host: name }), 204)
    }
    assert.equal(await statusOf(api, get, authorization), 200)
    assert.equal(await statusOf(api, get, { Host: '', ...authorization }), 200)
    assert.equal(await statusOf(api, 'GET /v2/users/me HTTP/1.0', authorization), 200)
  },
  onLoopback,
)

httpTest('on other addresses, and with --public-url, any host is accepted', async (api) => {
  const authorization = { Authorization: `Bearer ${api.server.token}` }
  for (const Host of ['queues.example.com', '10.0.0.1:4747', 'headlock_upstream']) {
    assert.equal(await statusOf(api, get, { Host, ...authorization }), 200)
  }
})

httpTest('what a browser sends for a page of another site is refused', async (api) => {
  const common = { Host: 'localhost:4747', Authorization: `Bearer ${api.server.token}` }
  const allowed: Record<string, string>[] = [
    {},
    { 'Sec-Fetch-Site': 'none' },
    { 'Sec-Fetch-Site': 'same-origin' },
    { 'Sec-Fetch-Site': 'same-origin', Origin: 'http://localhost:4747' },
    // Node's own fetch sends this much.
    { 'Sec-Fetch-Mode': 'cors' },
    // A browser on plain HTTP does not say what site it is.
    { Origin: 'http://localhost:4747' },
  ]
  for (const headers of allowed) {
    assert.equal(await statusOf(api, get, { ...common, ...headers }), 200)
    assert.equal(await statusOf(api, post, { ...common, ...headers }), 201)
  }
  const refused: Record<string, string>[] = [
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example.com' },
    { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' },
    // Another port of this machine is the same site, and another origin.
    { 'Sec-Fetch-Site': 'same-site', Origin: 'http://localhost:3000' },
    { 'Sec-Fetch-Site': 'unheard-of' },
    { Origin: 'https://evil.example.com' },
    { Origin: 'null' },
    { Origin: 'http://localhost:4747.evil.com' },
    { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
  ]
  for (const headers of refused) {
    assert.equal(await statusOf(api, get, { ...common, ...headers }), 403, JSON.stringify(headers))
    assert.equal(await statusOf(api, post, { ...common, ...headers }), 403)
    assert.equal(await statusOf(api, 'GET /health HTTP/1.1', { Host: 'localhost', ...headers }), 200)
    assert.equal(await statusOf(api, 'OPTIONS /health HTTP/1.1', { Host: 'localhost', ...headers }), 204)
  }
  assert.equal((await api.get('/v2/request-queues?unnamed=1')).data.total, allowed.length)
})

httpTest(
  'a link from another site leads to a page, and to nothing else; a frame of one does not',
  async (api) => {
    const common = { Host: 'localhost:4747', 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }
    const link = { ...common, 'Sec-Fetch-Dest': 'document' }
    const answers = {
      'GET /docs': 401,
      'GET /docs?x': 401,
      'GET /console/queues/x': 401,
      'GET /docs/nothing': 404,
      'GET /docsx': 403,
      'GET /openapi.json': 403,
      'GET /v2/request-queues': 403,
      'GET /v2/users/me?token=x': 403,
      'POST /docs': 403,
      'POST /console/queues/x': 403,
    }
    for (const [call, status] of Object.entries(answers)) {
      assert.equal(await statusOf(api, `${call} HTTP/1.1`, link), status, call)
      assert.equal(await statusOf(api, `${call} HTTP/1.1`, { ...common, 'Sec-Fetch-Dest': 'iframe' }), 403)
    }
  },
)

httpTest(
  'behind a proxy that changes the host, pages of the public address are of the same site',
  async (api) => {
    const common = { Host: 'backend', Authorization: `Bearer ${api.server.token}` }
    assert.equal(await statusOf(api, post, { ...common, Origin: 'http://queues.example.com' }), 201)
    assert.equal(await statusOf(api, post, { ...common, Origin: 'http://evil.example.com' }), 403)
  },
  { publicUrl: 'http://queues.example.com/base' },
)
