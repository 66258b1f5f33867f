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
