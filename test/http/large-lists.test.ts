import assert from 'node:assert/strict'
import { httpTest } from './caller.ts'

httpTest(
  '8.1 a page of requests that are very large has fewer of them, and the next page the others',
  async (api) => {
    const keys = Array.from({ length: 12 }, (_, index) => `page ${index}`)
    const queue = await api.queueWith(...keys)
    const seen: string[] = []
    let pages = 0
    for (let cursor: string | undefined = ''; cursor !== undefined; pages++) {
      const place: string = cursor === '' ? '' : `?cursor=${cursor}`
      const { data } = await api.get(`${queue}/requests${place}`)
      seen.push(...data.items.map(({ uniqueKey }: { uniqueKey: string }) => uniqueKey))
      cursor = data.nextCursor
    }
    assert.deepEqual(seen.sort(), keys.sort())
    assert.equal(pages, 2)
  },
  {
    // What is not small is as large as a body may be.
    around: (store) => {
      const payload = `,"payload":"${'x'.repeat(9_000_000)}"`
      return {
        ...store,
        async listRequests(ask) {
          const { items, hasMore } = await store.listRequests(ask)
          return {
            items: items.map((item) => ({ ...item, otherFields: item.otherFields + payload })),
            hasMore,
          }
        },
      }
    },
  },
)
