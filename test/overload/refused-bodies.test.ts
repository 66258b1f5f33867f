import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as zlib from 'node:zlib'
import { brotliOfLittle } from '../../harness/bombs.ts'
import { ServerUnderTest } from '../../harness/fuzz/server-under-test.ts'
import { limits } from '../../src/domain/limits.ts'

const bytes = limits.bodyBytesMax - 1000
const deep = (text: string) => `["${text}",${'['.repeat(200)}`
const identity = (data: Buffer) => data

const bodies: readonly (readonly [name: string, encoding: string, encoded: Buffer])[] = [
  ['brackets', 'zstd', zlib.zstdCompressSync(Buffer.from('['.repeat(bytes)))],
  ['brackets', 'br', zlib.brotliCompressSync(Buffer.from('['.repeat(bytes)))],
  ['brackets', 'identity', identity(Buffer.from('['.repeat(bytes)))],
  ['values', 'zstd', zlib.zstdCompressSync(Buffer.from(`[${'[],'.repeat(bytes / 3)}`))],
  ['values', 'identity', identity(Buffer.from(`[${'[],'.repeat(bytes / 3)}`))],
  ['text and brackets', 'zstd', zlib.zstdCompressSync(Buffer.from(deep('x'.repeat(bytes))))],
  ['text and brackets', 'gzip', zlib.gzipSync(Buffer.from(deep('x'.repeat(bytes))))],
  ['text and brackets', 'identity', identity(Buffer.from(deep('x'.repeat(bytes - 300))))],
  ['too many bytes', 'zstd', zlib.zstdCompressSync(Buffer.alloc(20 * bytes, ' '))],
  ['little', 'br', brotliOfLittle(bytes)],
]

test('2.10, 9.4 a body that is refused takes less than 16 MB', async (t) => {
  const server = await ServerUnderTest.start()
  t.after(() => server.kill())
  const url = `http://127.0.0.1:${server.port}/v2/request-queues`
  const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' }
  const post = async (path: string, body?: Buffer | string, encoding = 'identity') => {
    const more = { 'content-encoding': encoding }
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { ...headers, ...more },
      ...(body === undefined ? {} : { body }),
    })
    return { status: response.status, text: await response.text() }
  }
  const { id } = JSON.parse((await post('')).text).data
  // What a server has in memory once it has worked.
  for (let call = 0; call < 100; call++) {
    const body = JSON.stringify({ url: 'https://example.com/', uniqueKey: String(call) })
    assert.equal((await post(`/${id}/requests`, body)).status, 201)
  }
  for (const [name, encoding, body] of bodies) {
    // A garbage collection can happen at any time, so the best of several tries counts.
    let least = Number.POSITIVE_INFINITY
    for (let round = 0; round < 3; round++) {
      const grown = await server.growthDuring(async () => {
        const { status, text } = await post(`/${id}/requests`, body, encoding)
        assert.ok(status === 400 || status === 413, `${name}: ${status} ${text}`)
      })
      least = Math.min(least, grown)
    }
    assert.ok(least < 16 * 1024 * 1024, `${name} as ${encoding} took ${least} bytes`)
  }
  assert.equal(server.exit, null)
})
