import assert from 'node:assert/strict'
import { zstdCompressSync } from 'node:zlib'
import { type Answer, assertFailure, type Caller, httpTest, page } from '../../harness/http/caller.ts'
import { limits } from '../../src/domain/limits.ts'

/** A request with this many levels, including itself. */
function deepPage(uniqueKey: string, levels: number, field = 'userData'): string {
  const inside = `${'['.repeat(levels - 2)}${']'.repeat(levels - 2)}`
  return JSON.stringify({ ...page(uniqueKey), [field]: { a: 0 } }).replace('{"a":0}', `{"a":${inside}}`)
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

const raw = (text: string) => ({ raw: text })

httpTest('2.10 a request of 100 levels is taken alone and in a batch, read, and sent back', async (api) => {
  const queue = await api.queue()
  const one = await api.post(`${queue}/requests`, undefined, raw(deepPage('a', limits.jsonDepthMax)))
  assert.equal(one.status, 201)
  const two = `[${deepPage('b', limits.jsonDepthMax)},${deepPage('c', limits.jsonDepthMax, 'own')}]`
  assert.equal((await api.post(`${queue}/requests/batch`, undefined, raw(two))).status, 201)
  const list = await api.get(`${queue}/requests`)
  assert.equal(list.data.items.length, 3)
  // Clients in Rust read 128 levels.
  assert.equal(depthOf(list.body), limits.jsonDepthMax + 3)
  for (const item of list.data.items) {
    const path = `${queue}/requests/${item.id}`
    assert.deepEqual((await api.get(path)).data, item)
    assert.equal((await api.put(path, item)).status, 200)
  }
})

httpTest(
  '2.10 what is deeper is refused on every call that takes a body, and names the element',
  async (api) => {
    const queue = await api.queueWith('x')
    const before = await api.stateOf(queue)
    for (const levels of [limits.jsonDepthMax + 1, 1000, 1_000_000]) {
      const deep = deepPage('a', levels)
      const inBatch = `[${JSON.stringify(page('b'))},${deep}]`
      const calls: [Promise<Answer>, string][] = [
        [api.post(`${queue}/requests`, undefined, raw(deep)), 'the body'],
        [api.post(`${queue}/requests`, undefined, raw(deepPage('a', levels, 'payload'))), 'the body'],
        [api.put(`${queue}/requests/abc`, undefined, raw(deep)), 'the body'],
        [api.put(queue, undefined, raw(deep)), 'the body'],
        [api.post(`${queue}/requests/batch`, undefined, raw(inBatch)), 'element 1'],
        [api.delete(`${queue}/requests/batch`, undefined, raw(inBatch)), 'element 1'],
      ]
      for (const [call, what] of calls) {
        const message = new RegExp(`^Invalid input: ${what} is nested more than 100 levels deep; `)
        assertFailure(await call, 400, 'invalid-input', message)
      }
    }
    assert.deepEqual(await api.stateOf(queue), before)
  },
)

httpTest('a body of more values, or more named members, than any call needs is refused', async (api) => {
  const queue = await api.queue()
  const add = (userData: string) => {
    const text = JSON.stringify({ ...page('a'), userData: {} }).replace('{}}', `${userData}}`)
    return api.post(`${queue}/requests`, undefined, raw(text))
  }
  const list = (element: string, count: number) => `{"a":[${Array(count).fill(element).join(',')}]}`
  for (const element of ['0', '[]', '{}', '""', '{"a":1}']) {
    const tooMany = await add(list(element, limits.jsonValuesMax))
    assertFailure(tooMany, 400, 'invalid-input', /^Invalid input: the body has more than \d+ .+; send fewer/)
  }
  const names = (count: number) =>
    `{${Array.from({ length: count }, (_, index) => `"${index}":0`).join(',')}}`
  const tooMany = names(limits.jsonNamesMax + 2 * limits.jsonNewNamesMax)
  assertFailure(await add(tooMany), 400, 'invalid-input', /more than 50000 named members/)
  assert.equal((await add(names(limits.jsonNamesMax - 10))).status, 201)
  const products = list('{"title":"a","price":1.5,"stock":3,"brand":"b"}', 30_000)
  assert.equal((await add(products)).status, 201)
  const lines = '"[,:{"'
  assert.equal((await add(list(lines, limits.jsonValuesMax - 10))).status, 201)
})

httpTest('9.4 322 bytes that decode to millions of brackets are refused at little cost', async (api) => {
  const queue = await api.queue()
  const headers = { 'content-encoding': 'zstd' }
  const bodies = ['[', '[],', '{"a":'].map((part) =>
    zstdCompressSync(Buffer.from(part.repeat(Math.floor(9_000_000 / part.length)))),
  )
  const before = await costOf(() => refuseAll(api, queue, bodies, headers))
  assert.ok(before < 50, `${before} ms`)
})

async function refuseAll(
  api: Caller,
  queue: string,
  bodies: readonly Buffer[],
  headers: Record<string, string>,
): Promise<void> {
  for (const body of bodies) {
    const answer = await api.post(`${queue}/requests`, undefined, { raw: body, headers })
    assertFailure(answer, 400, 'invalid-input')
  }
}

/** The least of some tries, in milliseconds of this thread: the machine may have other things to do. */
async function costOf(work: () => Promise<void>): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 5; round++) {
    const before = process.threadCpuUsage()
    await work()
    const { user, system } = process.threadCpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}
