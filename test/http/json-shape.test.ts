import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../../harness/random.ts'
import { HeadlockError } from '../../src/domain/errors.ts'
import { limits } from '../../src/domain/limits.ts'
import { isSurelyAllowed, JsonShape } from '../../src/http/body/json-shape.ts'

/** The error for the text, given in these pieces; null when there is none. */
function refusalOf(...pieces: (string | Buffer)[]): string | null {
  const shape = new JsonShape()
  try {
    for (const piece of pieces) shape.take(typeof piece === 'string' ? Buffer.from(piece) : piece)
    return null
  } catch (error) {
    assert.ok(error instanceof HeadlockError)
    assert.equal(error.type, 'invalid-input')
    return error.message
  }
}

/** In pieces of a random size. */
function piecesOf(text: string, random: Random): Buffer[] {
  const bytes = Buffer.from(text)
  const pieces: Buffer[] = []
  for (let start = 0; start < bytes.length; ) {
    const end = start + random.between(0, random.pick([2, 5, 70, 300]))
    pieces.push(bytes.subarray(start, end))
    start = end
  }
  return pieces
}

const texts = [
  '',
  '[{,:',
  '"',
  '\\',
  '\\\\',
  '"\\"[',
  'é€𝄞{',
  '\\'.repeat(129),
  `${'x'.repeat(64)}"`,
  `${'x'.repeat(63)}\\"${'[{"'.repeat(50)}`,
  'x'.repeat(200),
]

/** Lists and objects nested in turn, this many levels deep, around texts that look like further levels. */
function nested(levels: number, random: Random): string {
  let text = '{}'
  for (let level = 1; level < levels; level++) {
    const beside = JSON.stringify(random.pick(texts))
    text = random.pick([`[${beside}, ${text}]`, `{${beside} :${text}}`, `[ ${text},[] ,${beside}]`])
  }
  return text
}

test('2.10 the depth of JSON is found in pieces of any size', (t) => {
  const random = new Random()
  t.diagnostic(`seed ${random.seed}`)
  const inObject = (levels: number) => `{"a":${nested(levels - 1, random)}}`
  const inList = (levels: number) => `["x",${inObject(3)},${inObject(levels)}]`
  for (let round = 0; round < 300; round++) {
    const allowed = random.between(1, limits.jsonDepthMax)
    const refused = limits.jsonDepthMax + random.pick([1, 1, 2, 500])
    for (const make of [inObject, inList]) {
      const text = make(allowed)
      assert.ok(JSON.parse(text) !== undefined)
      assert.equal(refusalOf(...piecesOf(text, random)), null)
      const what = make === inObject ? 'the body' : 'element 2'
      assert.match(
        refusalOf(...piecesOf(make(refused), random)) ?? 'none',
        new RegExp(`: ${what} is nested more than 100 levels deep`),
      )
    }
  }
})

test('2.10 values and names are counted, up to the first one too many', () => {
  const list = (count: number) => `[${Array(count).fill('1').join(',')}]`
  assert.equal(refusalOf(list(limits.jsonValuesMax)), null)
  assert.match(refusalOf(list(limits.jsonValuesMax + 1)) ?? 'none', /more than 250000 values/)
  const empty = limits.jsonValuesMax / 2 - 1
  assert.equal(refusalOf(`[${Array(empty).fill('[]').join(',')}]`), null)
  assert.match(refusalOf(`[${'{},'.repeat(empty + 2)}`) ?? 'none', /values/)
  const members = (count: number) =>
    `{${Array.from({ length: count }, (_, index) => `":,[${index}" : 1`).join(',')}}`
  assert.equal(refusalOf(members(limits.jsonNamesMax + limits.jsonNewNamesMax)), null)
  // Some names share a slot.
  const tooMany = limits.jsonNamesMax + 2 * limits.jsonNewNamesMax
  assert.match(refusalOf(members(tooMany)) ?? 'none', /more than 50000 named members, with too many diff/)
  // Inside a text these characters do not count.
  assert.equal(refusalOf(`["${'[,:{'.repeat(1_000_000)}"]`), null)
})

test('2.10 a repeated name counts as a value, in pieces of any size', () => {
  const random = new Random()
  const product = JSON.stringify({ title: 'a "b"', price: 1.5, 'brand:': { name: '' }, tags: ['x', {}] })
  const products = `[${Array(25_000).fill(product).join(',')}]`
  assert.equal(refusalOf(products), null)
  assert.equal(refusalOf(...piecesOf(products, random)), null)
  const tooMany = `[${Array(60_000).fill(product).join(',')}]`
  assert.match(refusalOf(tooMany) ?? 'none', /more than 250000 values/)
})

test('text that is not JSON is left to the parser', () => {
  for (const text of ['', ']', `]${'['.repeat(500)}`, '"', '"\\', '}{', '\u00a0', `"${'['.repeat(500)}`]) {
    assert.equal(refusalOf(text), null, text.slice(0, 20))
  }
})

test('2.10 the largest bodies that are refused, or looked through for nothing, take less than 50 ms', () => {
  const bytes = limits.bodyBytesMax - 100
  const filled = (part: string) => part.repeat(Math.floor(bytes / part.length))
  const worst = [
    `[${filled(' ')}`,
    `[${filled('1')}`,
    `["${filled('x')}`,
    `["${filled('\\"')}`,
    `["${filled('\\\\')}`,
    `["${filled(`${'x'.repeat(65)}\\"`)}`,
    `["${filled(`${'\\'.repeat(64)}\\"`)}`,
    `[${filled('""')}`,
    `[${filled(`"${'x'.repeat(65)}"`)}`,
    `[${filled('é')}`,
    filled('[]'),
    filled('['),
    `[${filled('[],')}`,
    `{${filled('"a":')}`,
    `{${filled(`"${'x'.repeat(60)}":1,`)}`,
    // All that is allowed of everything, and then too much.
    `${'[],'.repeat(100_000)}"${'x'.repeat(bytes - 400_000)}",${'['.repeat(200)}`,
  ].map((text) => Buffer.from(text))
  for (const text of worst) {
    // The machine may have other things to do: the best of some.
    const tookMs = Math.min(...Array.from({ length: 5 }, () => cpuMsOf(() => refusalOf(text))))
    assert.ok(tookMs < 50, `${tookMs} ms for ${text.toString('utf8', 0, 20)}…`)
  }
})

/** Of this thread. */
function cpuMsOf(work: () => void): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

test('2.10 a body that surely passes is not refused, and an ordinary one surely passes', () => {
  const deepest = `${'['.repeat(limits.jsonDepthMax)}${']'.repeat(limits.jsonDepthMax)}`
  const requests = JSON.stringify(
    Array.from({ length: 25 }, (_, number) => ({
      url: `https://example.com/${number}`,
      userData: { number },
    })),
  )
  for (const text of [requests, deepest, ...texts]) {
    assert.ok(isSurelyAllowed(Buffer.from(text)), text.slice(0, 60))
    assert.equal(refusalOf(text), null)
  }
  for (const text of [
    `[${deepest}]`,
    '['.repeat(limits.jsonDepthMax + 2),
    ' '.repeat(limits.jsonNamesMax + 1),
  ]) {
    assert.ok(!isSurelyAllowed(Buffer.from(text)), text.slice(0, 60))
  }
})
