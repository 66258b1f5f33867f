import assert from 'node:assert/strict'
import { httpTest, keysOf, page } from '../../harness/http/caller.ts'

httpTest(
  '8.1 a page of requests that are very large has fewer of them, and the next page the others',
  async (api) => {
    const keys = Array.from({ length: 8 }, (_, index) => `page ${index}`)
    const queue = await api.queueWith()
    for (const uniqueKey of keys) {
      const payload = 'x'.repeat(9_000_000)
      await api.post(`${queue}/requests`, { url: 'https://example.com/', uniqueKey, payload })
    }
    const seen: string[] = []
    const pages: number[] = []
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const place: string = cursor === '' ? '' : `?cursor=${cursor}`
      const { data } = await api.get(`${queue}/requests${place}`)
      seen.push(...data.items.map(({ uniqueKey }: { uniqueKey: string }) => uniqueKey))
      pages.push(data.items.length)
      cursor = data.nextCursor
    }
    assert.deepEqual(seen.sort(), keys)
    assert.deepEqual(pages, [7, 1])
    const { data } = await api.get(queue)
    assert.equal(data.stats.readCount, 8)
  },
)

httpTest('4.5 a head of requests with very long URLs has fewer of them, the first ones', async (api) => {
  for (const [length, count] of [
    [1_300_000, 3],
    [9_000_000, 1],
  ] as const) {
    const keys = Array.from({ length: 6 }, (_, index) => `page ${index}`)
    const queue = await api.queue()
    const url = `https://example.com/${'x'.repeat(length)}`
    for (const uniqueKey of keys) await api.post(`${queue}/requests`, { url, uniqueKey })
    const head = await api.get(`${queue}/head`)
    assert.deepEqual(keysOf(head), keys.slice(0, count))
    assert.ok(head.data.items.every((item: { url: string }) => item.url === url))
    await api.delete(`${queue}/requests/batch`, [{ uniqueKey: keys[0] }])
    assert.deepEqual(keysOf(await api.get(`${queue}/head`)), keys.slice(1, 1 + count))
    assert.equal((await api.get(queue)).data.stats.headItemReadCount, 2 * count)
  }
})

httpTest(
  '4.1 head/lock of large requests takes fewer of them, the first ones, and locks no others',
  async (api) => {
    const text = 'x'.repeat(2_100_000)
    const longUrl = (uniqueKey: string) => ({ url: `https://example.com/${text}`, uniqueKey })
    const largePayload = (uniqueKey: string) => ({ ...page(uniqueKey), payload: text })
    for (const make of [longUrl, largePayload]) {
      const queue = await api.queue()
      const keys = Array.from({ length: 5 }, (_, index) => `page ${index}`)
      for (const uniqueKey of keys) await api.post(`${queue}/requests`, make(uniqueKey))
      const lock = () => api.post(`${queue}/head/lock?lockSecs=60&clientKey=a`)
      const first = await lock()
      assert.deepEqual(keysOf(first), keys.slice(0, 3))
      for (const { uniqueKey, url } of first.data.items) assert.equal(url, make(uniqueKey).url)
      assert.deepEqual(keysOf(await lock()), keys.slice(3))
    }
  },
)
