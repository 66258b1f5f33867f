/** Makes calls from the server's own API description. Each call is complete HTTP, whatever its contents. */
import * as zlib from 'node:zlib'
import { requestIdOf } from '../../src/domain/identity.ts'
import { limits } from '../../src/domain/limits.ts'
import type { OpenApi, OpenApiOperation, OpenApiParameter } from '../../src/http/api/openapi.ts'
import { isStream } from '../http/api-promises.ts'
import type { Random } from '../random.ts'
import { jsonFor, keyOf, parameterFor, queueNameOf, type Wrongness } from './schema-values.ts'
import { awkwardTexts, chance, nested, randomBytes } from './values.ts'

export interface Call {
  /** The whole call, head and body. */
  readonly bytes: Buffer
  /** The method that decides whether the answer has a body: an answer to HEAD has none. */
  readonly method: string
  /**
   * The path without the query. The answer is checked against its description, unless `?method=` overrides
   * the method.
   */
  readonly path: string
  readonly isOverridden: boolean
  /** The expected answer, where it is known. */
  readonly expected?: { readonly status: number; readonly text: string }
}

/** Things that exist on the server, for calls to refer to. */
export interface Scene {
  readonly token: string
  /** The queue of calls with a known answer. All other calls leave it alone. */
  readonly markedQueueId: string
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND']
const encoders: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: zlib.gzipSync,
  'x-gzip': zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: (bytes) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
  zstd: zlib.zstdCompressSync,
  identity: (bytes) => bytes,
}
const encodings = Object.keys(encoders)
/**
 * The probability of a huge body. It is low because one costs both sides as much as hundreds of other calls.
 */
const hugeProbability = 1 / 800

export class CallMaker {
  readonly #api: OpenApi
  readonly #scene: Scene
  readonly #operations: { path: string; method: string; operation: OpenApiOperation }[]
  readonly #bombs = new Map<string, Buffer>()
  #markCount = 0

  constructor(api: OpenApi, scene: Scene) {
    this.#api = api
    this.#scene = scene
    this.#operations = Object.entries(api.paths).flatMap(([path, byMethod]) =>
      Object.entries(byMethod)
        .filter(([, operation]) => !isStream(operation))
        .map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
    )
  }

  /** A call with a known answer. Other calls must not change that answer. */
  mark(): Call {
    const uniqueKey = `mark ${this.#markCount++ % 1000}`
    const requestId = requestIdOf(uniqueKey)
    const path = `/v2/request-queues/${this.#scene.markedQueueId}/requests/${requestId}`
    const body = Buffer.from(JSON.stringify({ uniqueKey, url: 'https://example.com/' }))
    const head = `PUT ${path} HTTP/1.1\r\nHost: localhost\r\n${this.#authorization}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
    return {
      bytes: Buffer.concat([Buffer.from(head), body]),
      method: 'PUT',
      path,
      isOverridden: false,
      expected: { status: 200, text: `{"data":{"requestId":"${requestId}",` },
    }
  }

  /** Any call. It depends on the random choices only. */
  call(random: Random): Call {
    const { path: template, method: named, operation } = random.pick(this.#operations)
    const wrongness = random.pick<Wrongness>([0, 0, 0.05, 0.4])
    const method = chance(random, 0.95) ? named : random.pick(methods)
    const path = this.#pathFor(template, random, wrongness)
    let query = this.#queryFor(operation.parameters ?? [], random, wrongness)
    let sentMethod = method
    const isOverridden = chance(random, 0.02)
    if (isOverridden) {
      const asked = chance(random, 0.8) ? method : random.pick(awkwardTexts)
      query += `${query === '' ? '?' : '&'}method=${encoded(asked, random)}`
      sentMethod = 'GET'
    }
    const target = `${chance(random, 0.01) ? 'http://elsewhere.example' : ''}${path}${query}`
    const schema = operation.requestBody?.content['application/json']?.schema
    let body: Buffer | null = null
    if (schema !== undefined ? chance(random, 0.98) : chance(random, 0.05)) {
      const text =
        schema === undefined ? '{}' : jsonFor(schema, this.#api.components.schemas, random, wrongness)
      body = bodyFrom(text, random, wrongness)
    }
    const headers = this.#headersFor(random, wrongness, body !== null)
    return {
      ...this.#framed(sentMethod, target, headers, body, random, wrongness),
      path,
      isOverridden,
    }
  }

  get #authorization(): string {
    return `Authorization: Bearer ${this.#scene.token}\r\n`
  }

  #pathFor(template: string, random: Random, wrongness: Wrongness): string {
    const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
      if (chance(random, wrongness)) return encoded(random.pick(awkwardTexts), random)
      if (name === 'requestId') return requestIdOf(keyOf(random))
      return chance(random, 0.9) ? `~${queueNameOf(random)}` : `headlock~${queueNameOf(random)}`
    })
    if (!chance(random, wrongness / 10)) return path
    const at = random.between(1, path.length)
    const inserted =
      encoded(random.pick(awkwardTexts), random) + random.pick(['', '/', '//', '%', '%zz', '%2f'])
    return path.slice(0, at) + inserted + path.slice(at)
  }

  #queryFor(parameters: readonly OpenApiParameter[], random: Random, wrongness: Wrongness): string {
    const pairs: string[] = []
    for (const { in: place, name, required, schema } of parameters) {
      if (place !== 'query') continue
      // `name` is often present, because unnamed queues would pile up, and `limit`, because a list of
      // everything is long.
      const isWanted = name === 'name' || required || chance(random, name === 'limit' ? 0.9 : 0.4)
      if (!isWanted || chance(random, wrongness / 4)) continue
      let text = parameterFor(schema, name, random, wrongness)
      if (name === 'limit' && Number(text) > 100 && !chance(random, 0.01)) text = '3'
      pairs.push(`${name}=${encoded(text, random)}`)
      if (chance(random, wrongness / 4))
        pairs.push(`${random.pick([name, `${name}[]`])}=${encoded(text, random)}`)
    }
    if (chance(random, 0.05 + wrongness / 4)) {
      const name = random.pick([...awkwardTexts, 'token', 'a[b]', '&&', '=', '?'])
      pairs.push(
        `${encoded(name, random)}${random.pick(['', '=', '=='])}${encoded(random.pick(awkwardTexts), random)}`,
      )
    }
    if (chance(random, 0.002)) pairs.push('a=1&'.repeat(random.pick([100, 1000, 3000])))
    return pairs.length === 0 ? '' : `?${pairs.join('&')}`
  }

  #headersFor(random: Random, wrongness: Wrongness, hasBody: boolean): string {
    let headers = chance(random, 0.99) ? 'Host: localhost\r\n' : ''
    if (!chance(random, wrongness / 8)) headers += this.#authorization
    else
      headers += random.pick([
        '',
        'Authorization: \r\n',
        'Authorization: Bearer\r\n',
        'Authorization: Bearer x y\r\n',
        'Authorization: Basic eDp5\r\n',
        `Authorization: Bearer ${'x'.repeat(5000)}\r\n`,
        'Authorization: Bearer \x80\xff\r\n',
      ])
    if (hasBody) {
      headers += chance(random, wrongness / 4)
        ? random.pick([
            '',
            'Content-Type: text/plain\r\n',
            'Content-Type: \r\n',
            'Content-Type: nonsense\r\n',
            'Content-Type: application/jsonp\r\n',
            'Content-Type: multipart/form-data; boundary=x\r\n',
            'Content-Type: application/json;charset=utf-16\r\n',
            'content-type: APPLICATION/JSON\r\n',
          ])
        : 'Content-Type: application/json\r\n'
    }
    if (chance(random, 0.05)) {
      headers += random.pick([
        'Accept: text/html\r\n',
        'Accept-Encoding: gzip, br\r\n',
        'Expect: the unexpected\r\n',
        'If-None-Match: *\r\n',
        'Range: bytes=0-1\r\n',
        'Upgrade: websocket\r\nConnection: Upgrade\r\n',
        'Connection: keep-alive\r\n',
        'Keep-Alive: timeout=999999999\r\n',
        'X-HTTP-Method-Override: DELETE\r\n',
        'X-Forwarded-Host: elsewhere.example\r\n',
        'Host: y\r\n',
        'Cookie: a=b\r\nCookie: c=d\r\n',
        '__proto__: x\r\nconstructor: y\r\n',
        'Accept-Version: 1.0.0\r\n',
        'X: \x80\xff\r\n',
        `X: ${'x'.repeat(8000)}\r\n`,
        'X: y\r\n'.repeat(500),
      ])
    }
    return headers
  }

  #framed(
    method: string,
    target: string,
    headers: string,
    body: Buffer | null,
    random: Random,
    wrongness: Wrongness,
  ): Pick<Call, 'bytes' | 'method'> {
    const version = chance(random, 0.005) ? 'HTTP/1.0' : 'HTTP/1.1'
    const start = `${method} ${target} ${version}\r\n${headers}`
    let sent = body
    let more = ''
    if (sent !== null && chance(random, 0.08)) {
      const encoding = random.pick(encodings)
      more = `Content-Encoding: ${encoding}\r\n`
      sent = encoders[encoding]!(sent)
      if (chance(random, wrongness)) sent = damaged(sent, random)
      if (chance(random, wrongness / 4))
        more = `Content-Encoding: ${random.pick(['bla', 'gzip, br', '', encodings[0]!])}\r\n`
    }
    if (sent !== null && chance(random, hugeProbability)) {
      const huge = this.#hugeBody(random)
      sent = huge.body
      more = huge.headers
    }
    // A call without a body may say so or not.
    if (sent === null || (sent.length === 0 && chance(random, 0.5))) {
      const length =
        method === 'POST' || method === 'PUT' || chance(random, 0.1) ? 'Content-Length: 0\r\n' : ''
      return { bytes: Buffer.from(`${start}${length}\r\n`, 'latin1'), method }
    }
    // HTTP/1.0 has no chunked encoding.
    if (chance(random, 0.15) && version === 'HTTP/1.1') {
      const head = Buffer.from(`${start}${more}Transfer-Encoding: chunked\r\n\r\n`, 'latin1')
      return { bytes: Buffer.concat([head, ...chunked(sent, random)]), method }
    }
    const head = Buffer.from(`${start}${more}Content-Length: ${sent.length}\r\n\r\n`, 'latin1')
    return { bytes: Buffer.concat([head, sent]), method }
  }

  #hugeBody(random: Random): { body: Buffer; headers: string } {
    const name = random.pick(['bomb', 'bomb', 'bomb', 'deep', 'inside', 'wide', 'just', 'over'])
    switch (name) {
      case 'bomb': {
        const encoding = random.pick(['gzip', 'deflate', 'br', 'zstd'])
        return {
          body: this.#bomb(encoding, random.pick([limits.bodyBytesMax, 10 * limits.bodyBytesMax])),
          headers: `Content-Encoding: ${encoding}\r\n`,
        }
      }
      case 'deep':
        return { body: Buffer.from(nested(random, random.pick([10_000, 100_000, 1_000_000]))), headers: '' }
      case 'inside': {
        const inside = nested(random, random.pick([1000, 3000, 10_000, 100_000]))
        const text = `{"url":"https://example.com/","uniqueKey":"deep","userData":{"a":${inside}}}`
        return { body: Buffer.from(text), headers: '' }
      }
      case 'wide': {
        const element = random.pick(['[]', '{}', '0', '{"id":"x"}', '{"url":"https://a.b/","uniqueKey":"x"}'])
        return { body: Buffer.from(`[${`${element},`.repeat(200_000)}0]`), headers: '' }
      }
      case 'just':
        return { body: Buffer.alloc(limits.bodyBytesMax, random.pick([' ', '[', '"', '{"a":'])), headers: '' }
      default:
        return { body: Buffer.alloc(limits.bodyBytesMax + 1, ' '), headers: '' }
    }
  }

  /** White space that decodes to one byte more than `bytes`. Made once for each size. */
  #bomb(encoding: string, bytes: number): Buffer {
    const name = `${encoding} ${bytes}`
    let bomb = this.#bombs.get(name)
    if (bomb === undefined) {
      bomb = encoders[encoding]!(Buffer.alloc(bytes + 1, ' '))
      this.#bombs.set(name, bomb)
    }
    return bomb
  }
}

/** Turns the text of a body into bytes, mostly as UTF-8. */
function bodyFrom(text: string, random: Random, wrongness: Wrongness): Buffer {
  const bytes = Buffer.from(text)
  if (!chance(random, wrongness / 3)) return bytes
  switch (random.between(0, 6)) {
    case 0:
      return bytes.subarray(0, random.between(0, bytes.length))
    case 1:
      return Buffer.from(text, 'utf16le')
    case 2:
      return Buffer.concat([Buffer.from('\ufeff'), bytes])
    case 3:
      return Buffer.concat([bytes, Buffer.from(random.pick([text, ' ', '\0', '}', ',']))])
    case 4:
      return Buffer.from(nested(random, random.pick([5, 500, 5000])))
    case 5:
      return randomBytes(random, random.between(0, 60))
    default:
      return damaged(bytes, random)
  }
}

/** Changes or removes some bytes, to break UTF-8, JSON and compressed data in many ways. */
function damaged(bytes: Buffer, random: Random): Buffer {
  if (bytes.length === 0) return bytes
  const copy = Buffer.from(bytes)
  for (let count = random.between(1, 3); count > 0; count--) {
    copy[random.between(0, copy.length - 1)] = random.pick([
      0, 0x22, 0x5c, 0x7f, 0x80, 0xc0, 0xed, 0xf5, 0xff,
    ])
  }
  return chance(random, 0.3) ? copy.subarray(0, random.between(0, copy.length)) : copy
}

function chunked(body: Buffer, random: Random): Buffer[] {
  const parts: Buffer[] = []
  const size = Math.max(1, Math.ceil(body.length / random.between(1, 5)))
  for (let at = 0; at < body.length; at += size) {
    const chunk = body.subarray(at, at + size)
    const extension = chance(random, 0.05) ? ';name=value' : ''
    parts.push(Buffer.from(`${chunk.length.toString(16)}${extension}\r\n`), chunk, Buffer.from('\r\n'))
  }
  parts.push(Buffer.from(chance(random, 0.05) ? '0\r\nTrailer: x\r\n\r\n' : '0\r\n\r\n'))
  return parts
}

/** Encodes text for a URL. It is mostly correct, and otherwise still a valid line of HTTP. */
function encoded(text: string, random: Random): string {
  if (chance(random, 0.95)) {
    // Text with lone surrogates has no UTF-8. This is what a careless encoder would send.
    return text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80'
  }
  return random.pick([
    '%',
    '%z',
    '%zz',
    '%u0041',
    '%00',
    '%ff',
    '%c3%28',
    '%C0%80',
    '%f4%90%80%80',
    '+',
    '%20',
    '%2F',
    '%23',
    '%3F',
    encodeURIComponent(text.toWellFormed()).toLowerCase(),
  ])
}
