import assert from 'node:assert/strict'
import { request } from 'node:http'
import { before, test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { fastify } from 'fastify'
import { buildConsole } from '../../harness/console/built-console.ts'
import { type Caller, httpTest } from '../../harness/http/caller.ts'
import type { App } from '../../src/http/app.ts'
import { ConsolePages } from '../../src/http/console/console-pages.ts'

before(buildConsole)

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const none = { token: null }

httpTest('a browser gets the console, without a token, on each of its paths', async (api) => {
  const queue = await api.queueWith('a')
  for (const path of [
    '/console',
    '/console/',
    '/console/server',
    `/console/queues/${queue.split('/').at(-1)}`,
    '/console/queues/~any?tab=requests',
    '/console/queues/a/b/c/',
  ]) {
    const page = await api.get(path, { ...none, headers: browser })
    assert.equal(page.status, 200, path)
    assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8')
    assert.equal(page.headers.get('cache-control'), 'no-cache')
    const files = [...page.text.matchAll(/(?:src|href)="([^"?]+)"/g)].map(([, file]) => file!)
    assert.ok(files.length >= 3, page.text)
    // Relative, so that they are found behind a proxy that puts something before the path.
    for (const file of files) {
      assert.match(file, /^\.{1,2}\//)
      const { pathname } = new URL(file, `http://x/prefix${path}`)
      assert.match(pathname, /^\/prefix\/console\/(?:icon\.svg|assets\/)/)
      const answer = await fetch(api.server.url + pathname.slice('/prefix'.length))
      assert.equal(answer.status, 200, pathname)
      await answer.text()
    }
  }
})

httpTest('the page has no script and no style inside, and loads nothing from elsewhere', async (api) => {
  const page = await api.get('/console/', { ...none, headers: browser })
  assert.doesNotMatch(page.text, /<style| style=|<script[^>]*>[^<]|\bon\w+=|https?:\/\//)
  assert.equal(
    page.headers.get('content-security-policy'),
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; " +
      "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  )
  assert.equal(page.headers.get('x-content-type-options'), 'nosniff')
  assert.equal(page.headers.get('x-frame-options'), 'DENY')
})

httpTest(
  'files are compressed as the browser accepts, kept for ever, and unknown ones are 404',
  async (api) => {
    const page = await api.get('/console/', { ...none, headers: browser })
    const script = /src="\.(\/assets\/[^"]+)"/.exec(page.text)![1]!
    const path = `/console${script}`
    const plain = await download(api, path, { 'accept-encoding': 'identity' })
    for (const [accepted, encoding, decode] of [
      ['gzip, deflate, br', 'br', brotliDecompressSync],
      ['gzip;q=1.0, br;q=0', 'gzip', gunzipSync],
      ['x, br;q=0.0, deflate', undefined, (body: Buffer) => body],
    ] as const) {
      const got = await download(api, path, { 'accept-encoding': accepted })
      assert.equal(got.headers['content-encoding'], encoding)
      assert.deepEqual(decode(got.body), plain.body)
      assert.equal(got.headers['cache-control'], 'public, max-age=31536000, immutable')
      assert.equal(got.headers['content-type'], 'text/javascript; charset=utf-8')
      assert.match(got.headers['vary']!, /Accept-Encoding/)
      const again = await download(api, path, {
        'accept-encoding': accepted,
        'if-none-match': got.headers['etag']!,
      })
      assert.deepEqual([again.status, again.body.length], [304, 0])
    }
    for (const wrong of [
      '/console/assets/none.js',
      '/console/..%2f..%2fpackage.json',
      `${path}.br`,
      '/console/none.js',
    ])
      assert.equal((await api.get(wrong, none)).status, 404, wrong)
  },
)

httpTest('/ leads a browser to the console, and other clients get what they got', async (api) => {
  const led = await fetch(`${api.server.url}/?a=b`, { headers: browser, redirect: 'manual' })
  assert.deepEqual([led.status, led.headers.get('location')], [302, './console/'])
  const other = await api.get('/', none)
  assert.deepEqual([other.status, other.body.error.type], [404, 'page-not-found'])
  assert.equal((await api.post('/', undefined, { ...none, headers: browser })).status, 404)
})

httpTest(
  'the page of a queue without a script is there for other clients, and for browsers that ask',
  async (api) => {
    const queue = await api.queueWith('a')
    const path = `/console/queues/${queue.split('/').at(-1)}`
    assert.match((await api.get(path)).text, /What comes next/)
    assert.match((await api.get(`${path}?plain`, { headers: browser })).text, /What comes next/)
    assert.match((await api.get(`${path}?plain`, { ...none, headers: browser })).text, /<form method="post"/)
  },
)

test('a server without the built files says what to run', async () => {
  const app = fastify().withTypeProvider<TypeBoxTypeProvider>()
  new ConsolePages('/nowhere').addTo(app as App)
  for (const url of ['/console/', '/console/queues/x']) {
    const { statusCode, headers, body } = await app.inject({ url })
    assert.equal(statusCode, 503)
    assert.equal(headers['content-type'], 'text/html; charset=utf-8')
    assert.match(body, /npm run build:console/)
  }
})

interface Download {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Fetch of Node would decode the body. */
function download(api: Caller, path: string, headers: Record<string, string>): Promise<Download> {
  return new Promise((resolve, reject) => {
    request(api.server.url + path, { headers }, async (message) => {
      const chunks: Buffer[] = []
      for await (const chunk of message) chunks.push(chunk as Buffer)
      const { statusCode, headers } = message
      resolve({
        status: statusCode!,
        headers: headers as Record<string, string>,
        body: Buffer.concat(chunks),
      })
    })
      .on('error', reject)
      .end()
  })
}
