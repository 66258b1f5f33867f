/** The route table answers every call as Fastify does, byte by byte. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { startTestServer, type TestServer, type TestServerOptions } from '../../harness/server.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import { defaultBrowserOptions } from '../../src/http/browsers/browser-options.ts'
import type { Store } from '../../src/store/store.ts'

const url = 'https://example.com/1'
const id = requestIdOf(url)
const bodyOfRequest = { url, uniqueKey: url, userData: { depth: 1 } }

interface HotRoute {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly query?: string
  readonly body?: unknown
}

const queue = '/v2/request-queues/~pages'
const hotRoutes: readonly HotRoute[] = [
  { name: 'single add', method: 'POST', path: `${queue}/requests`, body: bodyOfRequest },
  { name: 'batch add', method: 'POST', path: `${queue}/requests/batch`, body: [bodyOfRequest] },
  { name: 'get request', method: 'GET', path: `${queue}/requests/${id}` },
  { name: 'get head', method: 'GET', path: `${queue}/head`, query: 'limit=3' },
  { name: 'head/lock', method: 'POST', path: `${queue}/head/lock`, query: 'lockSecs=60&limit=2' },
  { name: 'prolong', method: 'PUT', path: `${queue}/requests/${id}/lock`, query: 'lockSecs=60' },
  { name: 'delete lock', method: 'DELETE', path: `${queue}/requests/${id}/lock` },
  { name: 'update', method: 'PUT', path: `${queue}/requests/${id}`, body: { ...bodyOfRequest, id } },
]

/** A call as bytes. A header whose value is null is left out. */
interface Call {
  readonly method?: string
  readonly target?: string
  readonly version?: string
  readonly headers?: Readonly<Record<string, string | null>>
  /** Sent as it is. */
  readonly body?: string | Buffer
}

type Variant = (route: HotRoute, readOnlyToken: string) => Call

const json = { 'content-type': 'application/json' }

function targetOf({ path, query }: HotRoute, more = ''): string {
  const all = ['clientKey=one', query, more].filter((part) => part).join('&')
  return `${path}?${all}`
}

function withBody(body: string | Buffer, headers: Call['headers'] = {}): Variant {
  return () => ({ body, headers: { ...json, ...headers } })
}

function withQuery(query: string): Variant {
  return (route) => ({ target: targetOf(route, query) })
}

function withHeaders(headers: NonNullable<Call['headers']>): Variant {
  return () => ({ headers })
}

function textOf({ body }: HotRoute): string {
  return body === undefined ? '' : JSON.stringify(body)
}

function chunked(bytes: string | Buffer): Buffer {
  const all = Buffer.from(bytes)
  const half = Math.ceil(all.length / 2)
  const pieces = [all.subarray(0, half), all.subarray(half)].filter(({ length }) => length > 0)
  return Buffer.concat([
    ...pieces.flatMap((piece) => [
      Buffer.from(`${piece.length.toString(16)}\r\n`),
      piece,
      Buffer.from('\r\n'),
    ]),
    Buffer.from('0\r\n\r\n'),
  ])
}

const isChunked = { 'content-length': null, 'transfer-encoding': 'chunked' }

const variants: Readonly<Record<string, Variant>> = {
  plain: () => ({}),
  'without a query': ({ path }) => ({ target: path }),
  'an empty query': ({ path }) => ({ target: `${path}?` }),
  'a slash at the end': (route) => ({ target: targetOf({ ...route, path: `${route.path}/` }) }),
  'two slashes': (route) => ({ target: targetOf(route).replace('/requests', '//requests') }),
  'no queue': (route) => ({ target: targetOf(route).replace('~pages', '') }),
  'an encoded path': (route) => ({ target: targetOf(route).replace('~', '%7E') }),
  'a damaged path': (route) => ({ target: targetOf(route).replace('~', '%7') }),
  'an encoded query': withQuery('clientKey=a%20b'),
  'a plus in the query': withQuery('x=a+b'),
  'a hash in the path': ({ path }) => ({ target: `${path}#clientKey=one` }),
  'a semicolon': ({ path }) => ({ target: `${path};a=b` }),
  'an absolute URL': (route) => ({ target: `http://localhost${targetOf(route)}` }),
  'other case': (route) => ({ target: targetOf(route).replace('request-queues', 'Request-Queues') }),
  'an unknown queue': (route) => ({ target: targetOf(route).replace('~pages', '~nothing') }),
  'a queue of another': (route) => ({ target: targetOf(route).replace('~pages', 'other~pages') }),
  'a request named batch': (route) => ({ target: targetOf(route).replace(id, 'batch') }),
  'a request named unlock': (route) => ({ target: targetOf(route).replace(id, 'unlock') }),
  'an unknown request': (route) => ({ target: targetOf(route).replace(id, 'aaaaaaaaaaaaaaa') }),
  HEAD: () => ({ method: 'HEAD' }),
  OPTIONS: () => ({ method: 'OPTIONS' }),
  PATCH: () => ({ method: 'PATCH' }),
  'another method of the path': () => ({ method: 'DELETE' }),
  '?method=': (route) => ({ method: 'POST', target: targetOf(route, `method=${route.method}`) }),
  '?method= of no kind': withQuery('method=PATCH'),
  'HTTP/1.0': () => ({ version: '1.0' }),
  'no token': withHeaders({ authorization: null }),
  'a wrong token': withHeaders({ authorization: 'Bearer wrong-token-1' }),
  'another scheme': withHeaders({ authorization: 'Basic abc' }),
  'a read-only token': (_route, token) => ({ headers: { authorization: `Bearer ${token}` } }),
  'a token in the query': (route) => ({
    target: targetOf(route, 'token=test-token-1'),
    headers: { authorization: null },
  }),
  'two tokens in the query': (route) => ({
    target: targetOf(route, 'token=test-token-1&token=x'),
    headers: { authorization: null },
  }),
  'a parameter twice': withQuery('clientKey=two'),
  'a wrong parameter': withQuery('forefront=maybe&limit=x&lockSecs=-1'),
  'parameters without a value': withQuery('forefront&=x&&a=&b==c'),
  'odd names': withQuery('__proto__=1&constructor=2&toString=3'),
  'a misplaced parameter': withQuery('name=x&offset=1&lockSecs=60'),
  'a parameter in the body': withBody('{"lockSecs":30,"clientKey":"x","limit":1}'),
  'a list in the body': withBody('[1]'),
  'an empty list': withBody('[]'),
  'an empty object': withBody('{}'),
  null: withBody('null'),
  'a number': withBody('7'),
  'wrong fields': withBody('{"url":7,"uniqueKey":null}'),
  'an ID of another': withBody(`{"id":"aaaaaaaaaaaaaaa","url":"${url}","uniqueKey":"${url}"}`),
  'no JSON': withBody('{"url":'),
  'no UTF-8': withBody(Buffer.from([0x22, 0xff, 0x22])),
  'a byte order mark': (route) => ({ body: `\ufeff${textOf(route)}`, headers: json }),
  'a deep body': withBody(`${'['.repeat(150)}${']'.repeat(150)}`),
  'a deep body in one field': withBody(
    `{"url":"${url}","uniqueKey":"${url}","userData":{"a":${'['.repeat(150)}${']'.repeat(150)}}}`,
  ),
  'brackets in a string': withBody(
    `{"url":"${url}","uniqueKey":"${url}","userData":{"a":"${'['.repeat(300)}"}}`,
  ),
  'a long body': (route) => ({ body: `${textOf(route)}${' '.repeat(100_000)}`, headers: json }),
  'no body': () => ({ body: '', headers: json }),
  'no body and no length': withHeaders({ 'content-length': null, ...json }),
  'an unknown type': withHeaders({ 'content-type': 'text/plain' }),
  'a damaged type': withHeaders({ 'content-type': ';;' }),
  'no type': withHeaders({ 'content-type': null }),
  'a type in capitals': withHeaders({ 'content-type': 'Application/JSON' }),
  'a type with a charset': withHeaders({ 'content-type': 'application/json; charset=utf-8' }),
  'a type with a parameter': withHeaders({ 'content-type': 'application/json;x=y' }),
  gzip: (route) => ({ body: gzipSync(textOf(route)), headers: { ...json, 'content-encoding': 'gzip' } }),
  'damaged gzip': withBody('nothing', { 'content-encoding': 'gzip' }),
  'an unknown encoding': withBody('{}', { 'content-encoding': 'rot13' }),
  chunked: (route) => ({ body: chunked(textOf(route)), headers: { ...json, ...isChunked } }),
  'chunked without a type': (route) => ({ body: chunked(textOf(route)), headers: isChunked }),
  'chunked and empty': () => ({ body: '0\r\n\r\n', headers: { ...json, ...isChunked } }),
  'a damaged chunk': () => ({ body: '3\r\n{"a\r\nx\r\n', headers: { ...json, ...isChunked } }),
  'a body that is too large': () => ({ body: Buffer.alloc(11_000_000, 32), headers: json }),
  'Expect: 100-continue': withHeaders({ expect: '100-continue' }),
  'Expect: something': withHeaders({ expect: 'something' }),
  'an offer to upgrade': withHeaders({ connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c' }),
  'Connection: close': withHeaders({ connection: 'close' }),
  'Connection: close and a damaged body': () => ({ body: '{', headers: { ...json, connection: 'close' } }),
  'a page of another site': withHeaders({ 'sec-fetch-site': 'cross-site' }),
  'a page of an allowed site': withHeaders({ origin: 'https://allowed.example' }),
  'a refusal for an allowed site': withHeaders({ origin: 'https://allowed.example', authorization: null }),
  'another host': withHeaders({ host: 'evil.example' }),
  'no host': withHeaders({ host: null }),
}

/** The bytes of the call. A plain GET follows it, which shows whether the connection goes on, and ends it. */
function bytesOf(route: HotRoute, { method, target, version, headers, body }: Call, token: string): Buffer {
  const content = Buffer.from(body ?? textOf(route))
  const all: Record<string, string | null> = {
    host: 'localhost',
    authorization: `Bearer ${token}`,
    ...(content.length === 0 ? {} : { ...json, 'content-length': String(content.length) }),
    ...(version === '1.0' ? { connection: 'keep-alive' } : {}),
    ...headers,
  }
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === null ? [] : [`${name}: ${value}\r\n`],
  )
  const line = `${method ?? route.method} ${target ?? targetOf(route)} HTTP/${version ?? '1.1'}\r\n`
  const last = 'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
  return Buffer.concat([Buffer.from(`${line}${lines.join('')}\r\n`), content, Buffer.from(last)])
}

/** Everything that the server sends until it closes the connection. */
function answersTo({ port }: TestServer, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('data', (piece) => pieces.push(piece))
    socket.on('error', () => {})
    socket.on('close', () => resolve(Buffer.concat(pieces).toString('latin1')))
    socket.write(bytes)
  })
}

/** Without what differs from call to call. */
function comparable(answers: string): string {
  return answers.replace(/^Date: .*$/gm, 'Date: …')
}

/** Notes which calls come to the store from the table. */
function noting(calls: Set<string>): (store: Store) => Store {
  return (store) =>
    new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          if (/[\\/]table[\\/]/.test(new Error().stack ?? '')) calls.add(String(name))
          return value.apply(target, args)
        }
      },
    })
}

async function twoServers(options: TestServerOptions, fromTable: Set<string>): Promise<TestServer[]> {
  const both = [{ hasRouteTable: true, around: noting(fromTable) }, { hasRouteTable: false }]
  return Promise.all(both.map((way) => startTestServer({ ...options, ...way })))
}

/** Compares the answers of both ways to all variants of all hot routes. */
function comparing(name: string, options: TestServerOptions, names = Object.keys(variants)): void {
  describe(name, () => {
    const fromTable = new Set<string>()
    let servers: TestServer[] = []
    let readOnly = ''
    before(async () => {
      servers = await twoServers(options, fromTable)
      for (const { store, userId, createToken } of servers) {
        await store.getOrCreateQueue({ userId, name: 'pages' } as Parameters<Store['getOrCreateQueue']>[0])
        readOnly = (await createToken({ readOnly: true })).token
      }
    })
    after(async () => {
      for (const server of servers) await server.close()
    })
    for (const route of hotRoutes) {
      for (const variant of names) {
        test(`9.1 ${route.name}: ${variant}`, async () => {
          const call = variants[variant]!(route, readOnly)
          const [table, fastify] = await Promise.all(
            servers.map((server) => answersTo(server, bytesOf(route, call, server.token))),
          )
          assert.match(fastify!, /^HTTP\/1\.1 \d{3} /)
          assert.equal(comparable(table!), comparable(fastify!))
        })
      }
    }
    if (options.admission !== undefined) return
    test('plain calls of all hot routes came through the table', () => {
      const expected = [
        'addRequests',
        'deleteLock',
        'getRequest',
        'listHead',
        'lockHead',
        'prolongLock',
        'updateRequest',
      ]
      assert.deepEqual([...fromTable].filter((each) => expected.includes(each)).sort(), expected)
    })
  })
}

const browsers = { ...defaultBrowserOptions(), corsOrigins: ['https://allowed.example'], hosts: [] }

comparing('the route table and Fastify give the same answers', {})
comparing('… with limits of browsers, rates and tokens in the query', {
  rateLimits: 'hosted',
  browsers: { ...browsers, noQueryToken: true },
})
comparing('… when the server is overloaded', { admission: { callsMax: 0, largeBytesMax: 1_000_000 } })
