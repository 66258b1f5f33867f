import assert from 'node:assert/strict'
import { Duplex, type Transform } from 'node:stream'
import { test } from 'node:test'
import * as zlib from 'node:zlib'
import { HeadlockError } from '../../src/domain/errors.ts'
import { limits } from '../../src/domain/limits.ts'
import { JsonShape } from '../../src/http/json-shape.ts'
import { decodedSlowly, type SlowDecoding } from '../../src/http/slow-decoding.ts'
import { brotliOfLittle } from '../support/bombs.ts'
import { Random } from '../support/random.ts'
import { assertFailure, httpTest, page } from './caller.ts'

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

test('what is decoded in slices is what was encoded, in whatever pieces it came', async (t) => {
  const random = new Random()
  t.diagnostic(`seed ${random.seed}`)
  for (const [encode, decoder] of Object.values(decoders)) {
    for (const length of [1, 1000, 70_000, 1_000_000]) {
      const bytes = Buffer.from(Array.from({ length }, () => random.between(0x30, 0x7a)))
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

test('data that take too long are given up between two slices, and the next body is decoded', async () => {
  const raw = brotliOfLittle(1_000_000)
  // Each look at the clock is 300 ms later; by the fifth slice that is more than such a body may take.
  let nowMs = 0
  const now = () => (nowMs += 300)
  await assert.rejects(
    decode([raw], zlib.createBrotliDecompress(), { now }),
    refusal(
      'invalidInput',
      /takes too long to decode: 262144 bytes of br became \d+; encode it in the usual way, or send it as it is$/,
    ),
  )
  const ordinary = Buffer.from('[1]'.padEnd(300_000))
  const [encode, decoder] = decoders['br']!
  assert.ok((await decode([encode(ordinary)], decoder())).equals(ordinary))
})

test('a body that nobody waits for any more is decoded no further', async () => {
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

test('what is refused for its shape or its size is not decoded to its end', async () => {
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

httpTest('9.4 a body that takes long to decode holds up nobody', async (api) => {
  const queue = await api.queue()
  const raw = Buffer.concat([brotliOfLittle(limits.bodyBytesMax - 1000)])
  const slow = api.post(`${queue}/requests`, undefined, { raw, headers: { 'content-encoding': 'br' } })
  let isAnswered = false
  slow.then(() => {
    isAnswered = true
  })
  // Its decoding takes half a second; other calls are answered all the while.
  let others = 0
  while (!isAnswered) {
    assert.equal((await api.get('/health')).status, 200)
    others++
  }
  // Sending it took some of them.
  assert.ok(others > 20, `${others} other calls`)
  assertFailure(await slow, 400, 'invalid-input', /not valid JSON|takes too long to decode/)
  assert.equal((await api.post(`${queue}/requests`, page('a'))).status, 201)
})
