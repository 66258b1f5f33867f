import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../../harness/random.ts'
import { GatheredBytes } from '../../src/http/body/gathered-bytes.ts'

test('a body is put together from chunks of any size', (t) => {
  const random = new Random()
  t.diagnostic(`seed ${random.seed}`)
  for (let body = 0; body < 300; body++) {
    const chunks = Array.from({ length: random.between(0, 60) }, () => {
      const bytesMax = random.pick([1, 5, 1000, 8192, 8193, 70_000])
      return Buffer.alloc(random.between(1, bytesMax), random.between(0, 255))
    })
    const gathered = new GatheredBytes()
    for (const chunk of chunks) gathered.add(chunk)
    const expected = Buffer.concat(chunks)
    assert.ok(gathered.whole().equals(expected), `chunks of ${chunks.map(({ length }) => length)}`)
  }
})
