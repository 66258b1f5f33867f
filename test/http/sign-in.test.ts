import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { text as textOf } from 'node:stream/consumers'
import { test } from 'node:test'
import { type Caller, httpTest } from '../../harness/http/caller.ts'
import { startTestServer } from '../../harness/server.ts'
import { temporaryDirectory } from '../../harness/server-process.ts'
import { createServer } from '../../src/index.ts'

/** A browser, as far as it matters here: it keeps cookies, sends them along, and does not follow of itself. */
class Browser {
  readonly cookies = new Map<string, string>()
  readonly url: string

  constructor(url: string) {
    this.url = url
  }

  async open(path: string, headers: Record<string, string> = {}): Promise<Opened> {
    return this.#fetch(path, { headers })
  }

  /** Fills in the form of a page and sends it. */
  async signIn(path: string, token: string, headers: Record<string, string> = {}): Promise<Opened> {
    return this.#fetch(path, { method: 'POST', headers, body: new URLSearchParams({ token }) })
  }

  async #fetch(
    path: string,
    init: { method?: string; headers: Record<string, string>; body?: URLSearchParams },
  ) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...(cookie === '' ? {} : { cookie }), ...init.headers }
    const response = await fetch(this.url + path, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      if (/Max-Age=0/.test(line)) this.cookies.delete(name!)
      else this.cookies.set(name!, value!)
    }
    const { status } = response
    const location = response.headers.get('location')
    return { status, location, headers: response.headers, text: await response.text() }
  }
}

interface Opened {
  readonly status: number
  readonly location: string | null
  readonly headers: Headers
  readonly text: string
}

const browserAt = (api: Caller) => new Browser(api.server.url)

async function pathsOf(api: Caller): Promise<string[]> {
  const queue = await api.queue()
  return ['/docs', `/console/queues/${queue.split('/').at(-1)}`]
}

httpTest(
  'a page without a sign-in shows a form; the token that it sends signs in, and is nowhere after',
  async (api) => {
    const { token } = api.server
    for (const path of await pathsOf(api)) {
      const browser = browserAt(api)
      const form = await browser.open(path)
      assert.equal(form.status, 401)
      assert.match(form.text, /<form method="post" action="\?"><input name="token" type="password"/)
      assert.doesNotMatch(form.text, /not valid/)
      const signedIn = await browser.signIn(path, token)
      assert.deepEqual([signedIn.status, signedIn.text], [303, ''])
      assert.equal(new URL(signedIn.location!, api.server.url + path).pathname, path)
      assert.equal(new URL(signedIn.location!, api.server.url + path).search, '')
      const [cookie] = signedIn.headers.getSetCookie()
      assert.match(
        cookie!,
        /^headlock_pages_[0-9a-f]{8}=[\w-]+; Max-Age=28800; Path=\/; HttpOnly; SameSite=Strict$/,
      )
      assert.ok(!cookie!.includes(token))
      const page = await browser.open(path)
      assert.equal(page.status, 200)
      assert.ok(!page.text.includes(token))
      // One sign-in is good for all pages.
      for (const other of await pathsOf(api)) assert.equal((await browser.open(other)).status, 200)
      assert.equal((await browser.open('/openapi.json')).status, 200)
    }
  },
)

httpTest('a token in the address of a page is taken out of it', async (api) => {
  for (const path of await pathsOf(api)) {
    for (const query of [
      `?token=${api.server.token}`,
      `?a=b&token=${api.server.token}`,
      `#token=${api.server.token}`,
    ]) {
      if (query.startsWith('#')) continue
      const browser = browserAt(api)
      const opened = await browser.open(path + query)
      assert.deepEqual([opened.status, opened.text], [303, ''])
      assert.ok(!opened.location!.includes(api.server.token))
      assert.equal(
        (await browser.open(new URL(opened.location!, api.server.url + path).pathname)).status,
        200,
      )
    }
    const wrong = await browserAt(api).open(`${path}?token=%3Cb%3Ewrong`)
    assert.equal(wrong.status, 401)
    assert.match(wrong.text, /not valid/)
    assert.doesNotMatch(wrong.text, /wrong/)
  }
})

httpTest('a wrong or missing token: the form again, and no cookie', async (api) => {
  for (const path of await pathsOf(api)) {
    for (const token of ['wrong', '', '  ', 'x'.repeat(100_000), '<b>"x', '%zz']) {
      const browser = browserAt(api)
      const answer = await browser.signIn(path, token)
      assert.equal(answer.status, 401, token.slice(0, 10))
      assert.match(answer.text, /<form method="post"/)
      assert.equal(/not valid/.test(answer.text), token.trim() !== '' && token.length < 5000)
      assert.doesNotMatch(answer.text, /<b>|wrong/)
      assert.equal(browser.cookies.size, 0)
    }
    for (const body of ['', '{"token":"x"}', '&&&=', 'a=b']) {
      for (const type of [
        'application/x-www-form-urlencoded',
        'application/json',
        'text/plain',
        'multipart/form-data; boundary=x',
      ]) {
        const headers = { 'content-type': type }
        const answer = await fetch(api.server.url + path, {
          method: 'POST',
          body,
          headers,
          redirect: 'manual',
        })
        assert.equal(answer.status, 401)
      }
    }
  }
})

httpTest(
  'a sign-in is good for pages alone: never for a call of the API, in whatever way it comes',
  async (api) => {
    const browser = browserAt(api)
    await browser.signIn('/docs', api.server.token)
    const [[name, value]] = [...browser.cookies] as [[string, string]]
    const queue = await api.queueWith('a')
    for (const path of [queue, '/v2/request-queues', '/v2/users/me', `${queue}/requests`]) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
        for (const [headers, query] of [
          [{ cookie: `${name}=${value}` }, ''],
          [{ cookie: `token=${api.server.token}` }, ''],
          [{ authorization: `Bearer ${value}` }, ''],
          [{}, `?token=${value}`],
        ] as const) {
          const answer = await api.call(method, path + query, undefined, { token: null, headers })
          assert.ok(answer.status === 401 || answer.status === 405, `${method} ${path}: ${answer.status}`)
        }
      }
    }
    assert.equal((await api.get(queue)).data.totalRequestCount, 1)
  },
)

httpTest('a sign-in ends after eight hours, and at once with its token', async (api) => {
  const browser = browserAt(api)
  await browser.signIn('/docs', api.server.token)
  api.server.clock.advance(8 * 3_600_000 - 1)
  assert.equal((await browser.open('/docs')).status, 200)
  api.server.clock.advance(1)
  assert.equal((await browser.open('/docs')).status, 401)

  const { token, id } = await api.server.createToken({ readOnly: true })
  await browser.signIn('/docs', token)
  assert.equal((await browser.open('/docs')).status, 200)
  await api.server.store.revokeToken({ id })
  assert.equal((await browser.open('/docs')).status, 401)
  // The clock was set back by a week, so the age of the sign-in is unknown.
  await browser.signIn('/docs', api.server.token)
  api.server.clock.jump(-7 * 86_400_000)
  assert.equal((await browser.open('/docs')).status, 401)
})

httpTest('a forged or changed cookie is refused', async (api) => {
  const browser = browserAt(api)
  await browser.signIn('/docs', api.server.token)
  const [[name, value]] = [...browser.cookies] as [[string, string]]
  const flipped = [...value].map(
    (_, at) => value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1),
  )
  const made = [
    ...flipped.slice(0, -1),
    '',
    'x',
    value.slice(1),
    `${value}AAAA`,
    value.repeat(100).slice(0, 8000),
    '%zz',
    api.server.token,
  ]
  for (const each of made) {
    assert.equal((await browser.open('/docs', { cookie: `${name}=${each}` })).status, 401)
  }
  for (const cookie of [value, `x=${value}`, `${name}`, ';;;', '=', `${name.toUpperCase()}=${value}`]) {
    assert.equal((await browser.open('/docs', { cookie })).status, 401)
  }
  const beside = `a=b; ${name}=wrong; c="d"; ${name}=${value}; =`
  assert.equal((await browser.open('/docs', { cookie: beside })).status, 200)
})

httpTest(
  'the cookie is of https alone where the reader came by it',
  async (api) => {
    const secureOf = async (headers: Record<string, string>) => {
      const answer = await browserAt(api).signIn('/docs', api.server.token, headers)
      return /; Secure$/.test(answer.headers.getSetCookie()[0]!)
    }
    assert.equal(await secureOf({ origin: 'https://queues.example.com' }), true)
    assert.equal(await secureOf({}), true)
    // Past the proxy.
    assert.equal(await secureOf({ origin: api.server.url }), false)
  },
  { publicUrl: 'https://queues.example.com/base' },
)

httpTest('a page of another site can neither sign a reader in nor send the form', async (api) => {
  for (const headers of [
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example.com' },
    { origin: 'https://evil.example.com' },
    { origin: 'null' },
  ]) {
    const browser = browserAt(api)
    const answer = await browser.signIn('/docs', api.server.token, headers)
    assert.deepEqual([answer.status, browser.cookies.size], [403, 0])
  }
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  // Node's own fetch says something else of itself.
  const [form] = (await once(request(`${api.server.url}/docs`, { headers: link }).end(), 'response')) as [
    IncomingMessage,
  ]
  assert.equal(form.statusCode, 401)
  assert.match(await textOf(form), /<a href="\?">I have signed in already/)
})

httpTest('cookies that other servers left on this host do not pile up', async (api) => {
  const browser = browserAt(api)
  for (let other = 0; other < 20; other++)
    browser.cookies.set(`headlock_pages_0000${1000 + other}`, 'x'.repeat(88))
  browser.cookies.set('unrelated', '1')
  await browser.signIn('/docs', api.server.token)
  assert.equal(browser.cookies.size, 10)
  assert.ok(browser.cookies.has('unrelated'))
  assert.equal((await browser.open('/docs')).status, 200)
})

httpTest('every page has the headers that pages need, whatever it shows', async (api) => {
  const authorization = `Bearer ${api.server.token}`
  const [docs, queue] = (await pathsOf(api)) as [string, string]
  for (const [path, headers] of [
    [docs, { authorization }],
    [docs, {}],
    [queue, { authorization }],
    [queue, { authorization: 'Bearer wrong' }],
    ['/console/queues/nowhere', { authorization }],
  ] as [string, Record<string, string>][]) {
    const answer = await browserAt(api).open(path, headers)
    const policy = answer.headers.get('content-security-policy')!
    assert.match(
      policy,
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    )
    assert.doesNotMatch(answer.text, / style=|<script|javascript:/)
    assert.equal(answer.headers.get('x-frame-options'), 'DENY')
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.equal(answer.headers.get('referrer-policy'), 'same-origin')
    assert.equal(answer.headers.get('cross-origin-resource-policy'), 'same-origin')
  }
})

httpTest(
  'every answer that a browser could keep or load says nosniff and no-store, and so do refusals of all kinds',
  async (api) => {
    const queue = await api.queue()
    const answers = [
      await api.get(queue),
      await api.post(`${queue}/head/lock?lockSecs=x`),
      await api.post(`${queue}/requests`, {}),
      await api.call('OPTIONS', queue),
      await api.get('/nothing'),
      await api.post('/v2/users/me'),
      await api.get('/v2/users/me', { token: null }),
      await api.get('/v2/users/me', { token: 'wrong' }),
      await api.get('/v2/users/me?method=x'),
      await api.get('/v2/request-queues/%zz'),
      await api.get('/v2/request-queues?limit=x'),
      await api.post('/v2/request-queues', undefined, { raw: '{' }),
      await api.get('/health'),
      await api.get('/openapi.json'),
      await api.get('/v2/users/me', { headers: { origin: 'https://evil.example.com' } }),
    ]
    for (const { headers } of answers) {
      assert.deepEqual(
        [headers.get('x-content-type-options'), headers.get('cache-control')],
        ['nosniff', 'no-store'],
      )
    }
  },
)

test('a sign-in counts on every thread and on every server with the same token, and no server ends that of another', async (t) => {
  const token = 'Zk3vQm8pR1tXw6bNc2L='
  const common = { port: 0, logLevel: 'silent', token } as const
  const started = await Promise.all([
    createServer({
      ...common,
      threads: process.platform === 'linux' ? 2 : 1,
      dataDirectory: await temporaryDirectory(t),
    }),
    createServer({ ...common, threads: 1, dataDirectory: await temporaryDirectory(t) }),
  ])
  const alone = await startTestServer()
  const browser = new Browser(started[0]!.url)
  await browser.signIn('/docs', token)
  const open = (url: string) => {
    const other = new Browser(url)
    for (const [name, value] of browser.cookies) other.cookies.set(name, value)
    return other.open('/docs', { connection: 'close' })
  }
  for (let call = 0; call < 8; call++) {
    for (const { url } of started) assert.equal((await open(url)).status, 200)
  }
  assert.equal((await open(alone.url)).status, 401)
  // The same browser, another port of the same host: both sign-ins are kept.
  const elsewhere = new Browser(alone.url)
  for (const [name, value] of browser.cookies) elsewhere.cookies.set(name, value)
  await elsewhere.signIn('/docs', alone.token)
  assert.equal((await elsewhere.open('/docs')).status, 200)
  for (const [name, value] of elsewhere.cookies) browser.cookies.set(name, value)
  assert.equal((await browser.open('/docs')).status, 200)
  await Promise.all([...started.map((server) => server.close()), alone.close()])
})

test('the documentation says for how long a sign-in lasts', async () => {
  const api = await readFile(new URL('../../docs/api-details.md', import.meta.url), 'utf8')
  assert.match(api, /eight hours/)
})
