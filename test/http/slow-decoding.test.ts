import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Duplex, type Transform } from 'node:stream'
import { test } from 'node:test'
import * as zlib from 'node:zlib'
import { brotliOfLittle } from '../../harness/bombs.ts'
import { assertFailure, httpTest, page } from '../../harness/http/caller.ts'
import { Random } from '../../harness/random.ts'
import { HeadlockError } from '../../src/domain/errors.ts'
import { limits } from '../../src/domain/limits.ts'
import { JsonShape } from '../../src/http/body/json-shape.ts'
import { decodedSlowly, type SlowDecoding } from '../../src/http/body/slow-decoding.ts'

const decoders: Readonly<Record<string, [(bytes: Buffer) => Buffer, () => Transform]>> = {
  gzip: [zlib.gzipSync, () => zlib.createGunzip()],
  deflate: [zlib.deflateSync, () => zlib.createInflate()],
  br: [zlib.brotliCompressSync, () => zlib.createBrotliDecompress()],
  zstd: [zlib.zstdCompressSync, () => zlib.createZstdDecompress()],
}

function decode(pieces: Buffer[], decoder: Transform, more: Partial<SlowDecoding> = {}): Promise<Buffer> {
  const shape = new JsonShape()
  return decodedSlowly({ pieces, encoding: 'br', decoder, shape, isWanted: () => true, ...more })
}

function refusal(name: string, message: RegExp) {
  return (error: Error) => {
    assert.ok(error instanceof HeadlockError)
    assert.equal(error.errorName, name)
    assert.match(error.message, message)
    return true
  }
}

test('decoding in slices returns what was encoded, in pieces of any size', async (t) => {
  const random = new Random()
  t.diagnostic(`seed ${random.seed}`)
  for (const [encode, decoder] of Object.values(decoders)) {
    for (const length of [1, 1000, 70_000, 1_000_000]) {
      // Without brackets, whose depth has a limit.
      const bytes = Buffer.from(Array.from({ length }, () => random.between(0x30, 0x5a)))
      const encoded = encode(bytes)
      const cut = random.between(0, encoded.length)
      const pieces = [encoded.subarray(0, cut), encoded.subarray(cut)]
      assert.ok((await decode(pieces, decoder())).equals(bytes))
      await assert.rejects(
        decode([encoded.subarray(0, encoded.length - 3)], decoder()),
        refusal('invalidInput', /cannot be decoded as br/),
      )
    }
  }
})

test('decoding stops between two slices for data that yield almost nothing, and the next body is decoded', async () => {
  const raw = brotliOfLittle(1_000_000)
  await assert.rejects(
    decode([raw], zlib.createBrotliDecompress()),
    refusal(
      'invalidInput',
      /yields too little for its length: 327680 bytes of br became \d+; encode it in the usual way, or send it as it is$/,
    ),
  )
  const ordinary = Buffer.from('[1]'.padEnd(300_000))
  const [encode, decoder] = decoders['br']!
  assert.ok((await decode([encode(ordinary)], decoder())).equals(ordinary))
})

test('an ordinary body is decoded however long a busy machine takes for it', async () => {
  // Hard to compress, so that it takes many slices. Each reading of the clock is 300 ms later.
  const ordinary = Buffer.from(`"${randomBytes(900_000).toString('base64')}"`)
  for (const [encode, decoder] of Object.values(decoders)) {
    let nowMs = 0
    const decoded = await decode([encode(ordinary)], decoder(), { now: () => (nowMs += 300) })
    assert.ok(decoded.equals(ordinary))
    assert.ok(nowMs > 3000, `${nowMs} ms`)
  }
})

test('a body from an encoder that is flushed often is decoded', async () => {
  const gzip = zlib.createGzip()
  const pieces: Buffer[] = []
  gzip.on('data', (piece: Buffer) => pieces.push(piece))
  const parts = Array.from({ length: 20_000 }, () => `"${randomBytes(6).toString('base64')}"`)
  for (const part of parts) {
    gzip.write(part)
    gzip.flush(zlib.constants.Z_SYNC_FLUSH)
  }
  gzip.end()
  await once(gzip, 'end')
  const encoded = Buffer.concat(pieces)
  assert.ok(encoded.length > 300_000, `${encoded.length} bytes`)
  assert.equal((await decode([encoded], zlib.createGunzip())).toString(), parts.join(''))
})

test('a server that is too busy to decode says that the call can be repeated', async () => {
  const ordinary = Buffer.from(`"${randomBytes(600_000).toString('base64')}"`)
  let nowMs = 0
  await assert.rejects(
    decode([zlib.gzipSync(ordinary)], zlib.createGunzip(), { now: () => (nowMs += 20_000) }),
    refusal('storeUnavailable', /too busy to decode the body/),
  )
})

test('decoding stops when the caller is gone', async () => {
  let slices = 0
  const decoder = Duplex.from(async function* (source: AsyncIterable<Buffer>) {
    for await (const slice of source) {
      slices++
      yield slice
    }
  }) as Transform
  const pieces = Array.from({ length: 10 }, () => Buffer.from('1'))
  await assert.rejects(
    decode(pieces, decoder, { isWanted: () => slices < 3 }),
    refusal('storeUnavailable', /the caller is gone/),
  )
  assert.ok(slices < 10, `${slices} slices`)
})

test('a body that is refused for its shape or its size is not decoded to its end', async () => {
  const cases: [string, string, RegExp][] = [
    ['['.repeat(4_700_000), 'invalidInput', /nested more than 100 levels/],
    [' '.repeat(2 * limits.bodyBytesMax), 'bodyTooLarge', /more than 9437184 bytes/],
  ]
  for (const [encode, decoder] of Object.values(decoders)) {
    for (const [text, name, message] of cases) {
      await assert.rejects(decode([encode(Buffer.from(text))], decoder()), refusal(name, message))
    }
  }
})

httpTest('9.4 a body that takes long to decode delays no other call', async (api) => {
  const queue = await api.queue()
  const raw = Buffer.concat([brotliOfLittle(limits.bodyBytesMax - 1000)])
  const slow = api.post(`${queue}/requests`, undefined, { raw, headers: { 'content-encoding': 'br' } })
  let isAnswered = false
  slow.then(() => {
    isAnswered = true
  })
  // Other calls are answered while it is sent and decoded.
  let others = 0
  while (!isAnswered) {
    assert.equal((await api.get('/health')).status, 200)
    others++
  }
  assert.ok(others > 5, `${others} other calls`)
  assertFailure(await slow, 400, 'invalid-input', /yields too little for its length/)
  assert.equal((await api.post(`${queue}/requests`, page('a'))).status, 201)
})
