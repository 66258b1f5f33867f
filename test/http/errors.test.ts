import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { fastify } from 'fastify'
import { pino } from 'pino'
import { assertFailure, type Caller, httpTest } from '../../harness/http/caller.ts'
import { HeadlockError } from '../../src/domain/errors.ts'
import { CallContext } from '../../src/http/call-context.ts'
import { ErrorAnswers } from '../../src/http/errors/errors.ts'
import { unlimited } from '../../src/http/rate-limit/rate-limits.ts'
import type { Store } from '../../src/store/store.ts'

httpTest(
  '9.1 paths that are not there: 404 page-not-found, whatever the method and the body',
  async (api) => {
    const paths = [
      '/',
      '/v2',
      '/v2/nothing',
      '/v2/request-queues/x/nothing',
      '/v2/request-queues/x/head/lock/x',
      '/V2/users/me',
    ]
    for (const path of [...paths, '//v2/users/me', '/v2/users/me%2f', '/robots.txt']) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) {
        const raw = method === 'GET' ? {} : { raw: 'no JSON' }
        const answer = await api.call(method, path, undefined, { token: null, ...raw })
        assertFailure(answer, 404, 'page-not-found', /\/docs/)
      }
    }
  },
)

httpTest('9.1 a method that a path does not have: 405 with Allow and the message of the API', async (api) => {
  const allowed: Record<string, string> = {
    '/v2/request-queues': 'OPTIONS,GET,POST',
    '/v2/request-queues/x': 'OPTIONS,GET,PUT,DELETE',
    '/v2/request-queues/x/head': 'OPTIONS,GET',
    '/v2/request-queues/x/head/lock': 'OPTIONS,POST',
    '/v2/request-queues/x/requests': 'OPTIONS,GET,POST',
    // `batch` and `unlock` could be IDs of requests; no ID has this form.
    '/v2/request-queues/x/requests/batch': 'OPTIONS,POST,DELETE',
    '/v2/request-queues/x/requests/unlock': 'OPTIONS,POST',
    '/v2/request-queues/x/requests/y': 'OPTIONS,GET,PUT,DELETE',
    '/v2/request-queues/x/requests/y/lock': 'OPTIONS,PUT,DELETE',
    '/v2/users/me': 'OPTIONS,GET',
    '/health': 'OPTIONS,GET,HEAD',
    '/ready': 'OPTIONS,GET,HEAD',
    // The router decodes a path before it looks it up.
    '/v2/request-queues/x/requests/b%61tch': 'OPTIONS,POST,DELETE',
    '/v2/request-queues/x/requests/%75nlock': 'OPTIONS,POST',
    '/docs': 'OPTIONS,GET,POST',
  }
  for (const [path, methods] of Object.entries(allowed)) {
    const options = await api.call('OPTIONS', `${path}/?a=b`, undefined, { token: null })
    assert.deepEqual([options.status, options.text, options.headers.get('allow')], [204, '', methods], path)
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) {
      if (methods.split(',').includes(method)) continue
      const answer = await api.call(method, path, undefined, { token: null })
      const message = `This API end-point can only be accessed using the following HTTP methods: ${methods}`
      assertFailure(answer, 405, 'method-not-allowed', message)
      assert.equal(answer.headers.get('allow'), methods)
    }
  }
  const head = await api.call('HEAD', '/v2/request-queues')
  assert.deepEqual([head.status, head.headers.get('allow')], [405, 'OPTIONS,GET,POST'])
})

httpTest('9.1 an unknown method or content type is a 4xx error', async (api) => {
  const headers = { 'content-type': 'nonsense' }
  for (const method of ['QUERY', 'POST', 'PATCH', 'PROPFIND']) {
    for (const options of [{ token: null }, { token: null, headers }, { token: null, headers, raw: '{' }]) {
      if (options.raw !== undefined && method === 'PROPFIND') continue
      const unknown = await api.call(method, '/nothing', undefined, options)
      assertFailure(unknown, 404, 'page-not-found', /nothing at \/nothing\./)
      for (const [path, allow] of [
        ['/health', 'OPTIONS,GET,HEAD'],
        ['/v2/request-queues/x/requests/y', 'OPTIONS,GET,PUT,DELETE'],
      ] as const) {
        const answer = await api.call(method, path, undefined, options)
        assertFailure(answer, 405, 'method-not-allowed', new RegExp(`: ${allow}$`))
        assert.equal(answer.headers.get('allow'), allow)
      }
    }
  }
  const body = { token: null, headers, raw: '{' }
  const notAnId = await api.call('PUT', '/v2/request-queues/x/requests/batch', undefined, body)
  assertFailure(notAnId, 405, 'method-not-allowed', /: OPTIONS,POST,DELETE$/)
})

test('9.1 other errors that Fastify finds in a call are a 400, and are not logged', async () => {
  const lines: string[] = []
  const app = fastify()
  app.addHook('onRequest', ({ raw: message }, { raw: response }, done) => {
    CallContext.begin(message, response)
    done()
  })
  const log = pino({ level: 'error' }, { write: (line: string) => lines.push(line) })
  new ErrorAnswers(log, unlimited).addTo(app)
  app.get('/', (_request, reply) => reply.send(mistake))
  const mistake = Object.assign(new Error('Too much of it'), { code: 'FST_ERR_ANY', statusCode: 417 })
  const answer = await app.inject('/')
  assert.equal(answer.statusCode, 400)
  assert.deepEqual(answer.json(), {
    error: { type: 'invalid-input', message: 'Invalid input: Too much of it' },
  })
  assert.deepEqual(lines, [])
  mistake.statusCode = 500
  const ours = await app.inject('/')
  assert.deepEqual([ours.statusCode, lines.length], [500, 1])
  await app.close()
})

httpTest('9.9 OPTIONS answers 204 with Allow everywhere', async (api) => {
  const answer = await api.call('OPTIONS', '/nothing/here', undefined, { token: null })
  assert.deepEqual([answer.status, answer.headers.get('allow')], [204, 'OPTIONS'])
  // The router looks no further than a #, so nothing after it has to be decodable.
  const cut = await talk(api, 'OPTIONS /health#%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  assert.match(cut, /^HTTP\/1.1 204 .*\r\nallow: OPTIONS,GET,HEAD\r\n/s)
})

httpTest('9.1 a URL that cannot be decoded: 400', async (api) => {
  for (const path of [
    '/v2/request-queues/%zz',
    '/v2/request-queues/%ff',
    '/v2/request-queues/x/requests/%',
    '/%c3%28',
  ]) {
    assertFailure(await api.get(path), 400, 'invalid-input', /URL of the call cannot be decoded/)
  }
})

httpTest('9.1 bytes that are not HTTP get an answer in JSON too', async (api) => {
  const answers = [
    [await talk(api, 'NONSENSE\r\n\r\n'), 400],
    [await talk(api, 'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n'), 400],
    [await talk(api, `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`), 431],
  ] as const
  for (const [answer, status] of answers) {
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `))
    assert.match(answer, /content-type: application\/json; charset=utf-8\r\n/i)
    assert.match(answer, /\r\n\r\n\{"error":\{"type":"invalid-input","message":"Invalid input: .*"\}\}$/)
  }
})

httpTest('9.1 an unknown Expect header does not change the kind of answer', async (api) => {
  const call =
    'GET /v2/users/me HTTP/1.1\r\nHost: localhost\r\nExpect: the unexpected\r\nConnection: close\r\n\r\n'
  assert.match(await talk(api, call), /^HTTP\/1.1 401 .*\{"error":\{"type":"token-not-provided"/s)
})

httpTest('10 a call without a Host header gets links to the address that it reached', async (api) => {
  const call = `POST /v2/request-queues?token=${api.server.token} HTTP/1.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`
  assert.match(
    await talk(api, call),
    new RegExp(`location: ${api.server.url}/v2/request-queues/\\w{17}\r\n`, 'i'),
  )
})

const lines: string[] = []
const logger = pino(
  { level: 'error' },
  new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  }),
)

httpTest(
  '9.1 a crash: 500 without a stack, with the ID of the call that the log explains',
  async (api) => {
    const answer = await api.post('/v2/request-queues')
    assertFailure(answer, 500, 'internal-server-error', /\(call \w{6}-\w+\)/)
    assert.doesNotMatch(answer.text, /secret detail|\.ts/)
    const line = JSON.parse(lines.at(-1)!)
    assert.match(answer.text, new RegExp(line.callId))
    assert.match(line.err.stack, /the secret detail/)
    assert.doesNotMatch(lines.join(), new RegExp(api.server.token))
  },
  {
    logger,
    around: (store): Store => ({
      ...store,
      async getOrCreateQueue() {
        throw new Error('the secret detail')
      },
    }),
  },
)

httpTest(
  '9.1 a store that cannot work: 503, and /ready says so while /health does not',
  async (api) => {
    const message =
      'The store cannot perform this call now (disk full). The call may or may not have been performed. It can be repeated.'
    assertFailure(await api.post('/v2/request-queues'), 503, 'internal-server-error', message)
    const none = { token: null }
    assertFailure(await api.get('/ready', none), 503, 'internal-server-error', /disk full/)
    assert.deepEqual((await api.get('/health', none)).body, { status: 'ok' })
  },
  {
    around: (store): Store => {
      const refuse = async () => {
        throw new HeadlockError('storeUnavailable', { problem: 'disk full' })
      }
      return { ...store, getOrCreateQueue: refuse, ping: refuse }
    },
  },
)

httpTest('/health and /ready answer without a token, to HEAD as well', async (api) => {
  for (const [path, status] of [
    ['/health', 'ok'],
    ['/ready', 'ready'],
  ] as const) {
    const answer = await api.get(path, { token: null })
    assert.deepEqual([answer.status, answer.body], [200, { status }])
    assert.equal((await fetch(`${api.server.url}${path}`, { method: 'HEAD' })).status, 200)
  }
})

/** Says this on a connection of its own, and listens until it is closed. */
async function talk(api: Caller, text: string): Promise<string> {
  const socket = connect(api.server.port, '127.0.0.1').setEncoding('latin1')
  const heard: string[] = []
  socket.on('data', (part: string) => heard.push(part))
  socket.write(text)
  await once(socket, 'close')
  return heard.join('')
}
