import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import * as zlib from 'node:zlib'
import { assertFailure, type Caller, httpTest, page } from '../../harness/http/caller.ts'
import { limits } from '../../src/domain/limits.ts'

const encoders: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: zlib.gzipSync,
  'x-gzip': zlib.gzipSync,
  GZIP: zlib.gzipSync,
  deflate: zlib.deflateSync,
  // Without its header, as some senders have it.
  Deflate: zlib.deflateRawSync,
  br: (bytes) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } }),
  zstd: zlib.zstdCompressSync,
  identity: (bytes) => bytes,
}
const compressing = ['gzip', 'deflate', 'Deflate', 'br', 'zstd']

/** A request whose JSON has exactly this many bytes. */
function contentOf(bytes: number, uniqueKey = 'large'): Buffer {
  const empty = JSON.stringify({ ...page(uniqueKey), payload: '' })
  return Buffer.from(JSON.stringify({ ...page(uniqueKey), payload: 'p'.repeat(bytes - empty.length) }))
}

/** Makes the calls, of which each must fail and change nothing. */
async function refused(
  api: Caller,
  calls: (queue: string) => Promise<Parameters<typeof assertFailure>[0]>[],
  ...failure: [status: number, type: string, message: RegExp | string]
): Promise<void> {
  const queue = await api.queueWith('a')
  const before = await api.stateOf(queue)
  api.server.clock.advance(1)
  for (const call of calls(queue)) assertFailure(await call, ...failure)
  assert.deepEqual(await api.stateOf(queue), before)
}

httpTest('9.4 bodies come in every encoding, small and large', async (api) => {
  for (const [encoding, encode] of Object.entries(encoders)) {
    const queue = await api.queue()
    for (const bytes of [200, 100_000, 2_000_000, limits.bodyBytesMax]) {
      const raw = encode(contentOf(bytes, `${encoding} ${bytes}`))
      const answer = await api.post(`${queue}/requests`, undefined, {
        raw,
        headers: { 'content-encoding': encoding },
      })
      assert.equal(answer.status, 201, `${encoding}, ${bytes} bytes: ${answer.text}`)
    }
    assert.equal((await api.get(queue)).data.totalRequestCount, 4)
  }
})

httpTest('9.4 a body over the limit: 413 reaches the caller, with the length it said', async (api) => {
  const bytes = limits.bodyBytesMax + 1
  const exact = `The POST payload is too large (limit: 9437184 bytes, actual length: ${bytes} bytes).`
  await refused(
    api,
    (queue) => [api.post(`${queue}/requests`, undefined, { raw: contentOf(bytes) })],
    413,
    'request-too-large',
    exact,
  )
  await refused(
    api,
    (queue) => [api.delete(`${queue}/requests/batch`, undefined, { raw: Buffer.alloc(2 * bytes, ' ') })],
    413,
    'request-too-large',
    /actual length: 18874370 bytes/,
  )
})

httpTest('9.4 a body over the limit that does not say its length', async (api) => {
  const queue = await api.queue()
  const chunk = Buffer.alloc(1_000_000, ' ')
  const answer = await send(api, `${queue}/requests`, Readable.from(Array.from({ length: 12 }, () => chunk)))
  assert.equal(answer.status, 413)
  assert.match(answer.text, /actual length: more than 9437184 bytes/)
})

httpTest('9.4 a decompression bomb is stopped at the limit, in every encoding', async (api) => {
  for (const encoding of compressing) {
    const headers = { 'content-encoding': encoding }
    for (const bytes of [limits.bodyBytesMax + 1, 20 * limits.bodyBytesMax]) {
      const raw = encoders[encoding]!(Buffer.alloc(bytes, ' '))
      await refused(
        api,
        (queue) => [api.post(`${queue}/requests`, undefined, { raw, headers })],
        413,
        'request-too-large',
        'The POST payload is too large (limit: 9437184 bytes, actual length: more than 9437184 bytes).',
      )
    }
  }
})

httpTest('9.4 unknown encodings: 415', async (api) => {
  for (const encoding of ['bla', 'compress', 'gzip, br', 'gzip,gzip']) {
    await refused(
      api,
      (queue) => [
        api.post(`${queue}/requests`, page('b'), { headers: { 'content-encoding': encoding } }),
        api.delete(`${queue}/requests/batch`, [{ uniqueKey: 'a' }], {
          headers: { 'content-encoding': encoding },
        }),
      ],
      415,
      'unsupported-content-encoding',
      `Content-Encoding "${encoding}" is not supported.`,
    )
  }
})

httpTest('9.4 damaged and cut off data: 400', async (api) => {
  for (const encoding of compressing) {
    const headers = { 'content-encoding': encoding }
    const whole = encoders[encoding]!(contentOf(5000))
    for (const raw of [Buffer.from('no such data at all'), whole.subarray(0, whole.length - 5)]) {
      await refused(
        api,
        (queue) => [api.post(`${queue}/requests`, undefined, { raw, headers })],
        400,
        'invalid-input',
        /the body cannot be decoded as (gzip|deflate|br|zstd): /,
      )
    }
  }
})

httpTest('9.4 a body that is not JSON: 400 with the position of the error', async (api) => {
  const texts = [
    '{',
    '{"url":',
    'hello',
    '{"url":"https://example.com/","uniqueKey":"b",}',
    '\u00a0',
    '[1 2]',
    "{'a':1}",
  ]
  for (const raw of texts) {
    await refused(
      api,
      (queue) => [
        api.post(`${queue}/requests`, undefined, { raw }),
        api.post(`${queue}/requests/batch`, undefined, { raw }),
        api.delete(`${queue}/requests/batch`, undefined, { raw }),
        api.put(queue, undefined, { raw }),
        // Calls that take no body do not take a broken one.
        api.post(`${queue}/head/lock?lockSecs=1`, undefined, { raw }),
      ],
      400,
      'invalid-input',
      /the body is not valid JSON: .+ \(it has \d+ characters\)/,
    )
  }
  const notUtf8 = Buffer.concat([
    Buffer.from('{"url":"https://example.com/","uniqueKey":"'),
    Buffer.from([0xc3, 0x28]),
    Buffer.from('"}'),
  ])
  await refused(
    api,
    (queue) => [api.post(`${queue}/requests`, undefined, { raw: notUtf8 })],
    400,
    'invalid-input',
    /the body is not valid UTF-8/,
  )
})

httpTest('9.4 only JSON is taken, by any spelling of its content type, or without one', async (api) => {
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'application/ld+json',
    'json',
    '/',
  ]) {
    await refused(
      api,
      (queue) => [api.post(`${queue}/requests`, page('b'), { headers: { 'content-type': type } })],
      400,
      'invalid-content-type-header',
      /^Content-Type ".*" is not supported here\. .*application\/json/,
    )
  }
  const queue = await api.queue()
  const body = JSON.stringify(page('b'))
  for (const type of [
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
  ]) {
    assert.equal(
      (await api.post(`${queue}/requests`, page('b'), { headers: { 'content-type': type } })).status,
      201,
      type,
    )
  }
  assert.equal((await send(api, `${queue}/requests`, Readable.from([body]))).status, 201)
  const marked = await api.post(`${queue}/requests`, undefined, { raw: `\ufeff${body}` })
  assert.equal(marked.status, 201, 'a byte order mark is no harm')
})

httpTest('9.9 a call without a body is fine whatever its content type says', async (api) => {
  const queue = await api.queueWith('a')
  for (const type of ['application/x-www-form-urlencoded', 'application/json', 'text/html', 'nonsense', '']) {
    const headers = { 'content-type': type, 'content-length': '0' }
    for (const [method, path] of [
      ['POST', '/v2/request-queues'],
      ['POST', `${queue}/head/lock?lockSecs=1`],
      ['POST', `${queue}/requests/unlock`],
    ] as const) {
      const answer = await send(api, path, null, { method, headers })
      assert.ok(answer.status < 300, `${method} ${path} with ${type}: ${answer.text}`)
    }
    const needed = await send(api, `${queue}/requests`, null, { method: 'POST', headers })
    assert.equal(needed.status, 400)
    assert.match(
      needed.text,
      /"invalid-input".*a JSON body is needed, an object, with the header Content-Type: application\/json/,
    )
  }
  const encoded = await api.post(`${queue}/requests/unlock`, undefined, {
    raw: '',
    headers: { 'content-encoding': 'gzip' },
  })
  assert.equal(encoded.status, 200)
})

httpTest('9.4 a refused body leaves the connection usable, one too large does not', async (api) => {
  const queue = await api.queue()
  const broken = await api.post(`${queue}/requests`, undefined, { raw: '{' })
  assert.notEqual(broken.headers.get('connection'), 'close')
  const tooLarge = await api.post(`${queue}/requests`, undefined, { raw: contentOf(limits.bodyBytesMax + 1) })
  assert.equal(tooLarge.headers.get('connection'), 'close')
})

/** A call with the headers given and no others, its body in chunks of unknown number. */
function send(
  api: Caller,
  path: string,
  body: Readable | null,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { method = 'POST', headers = {} } = options
    const call = httpRequest(`${api.server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${api.server.token}`, ...headers },
    })
    call.on('error', reject)
    call.on('response', async (response) => {
      const text = (await response.setEncoding('utf8').toArray()).join('')
      resolve({ status: response.statusCode!, text })
    })
    if (body === null) call.end()
    else body.pipe(call)
  })
}
