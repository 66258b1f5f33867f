import assert from 'node:assert/strict'
import { httpTest } from './caller.ts'

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
  const keys = Array.from({ length: 8 }, (_, index) => `page ${index}`)
  const queue = await api.queueWith()
  const url = `https://example.com/${'x'.repeat(9_000_000)}`
  for (const uniqueKey of keys) await api.post(`${queue}/requests`, { url, uniqueKey })
  const headKeys = async () => {
    const { data } = await api.get(`${queue}/head`)
    return data.items.map(({ uniqueKey }: { uniqueKey: string }) => uniqueKey)
  }
  assert.deepEqual(await headKeys(), keys.slice(0, 7))
  await api.delete(`${queue}/requests/batch`, [{ uniqueKey: keys[0] }])
  assert.deepEqual(await headKeys(), keys.slice(1))
})
