/** What the demonstration reads of its queue, through `apify-client`. */
import assert from 'node:assert/strict'
import { readAll } from '../../demo/queue-view.ts'
import { clientTest, page } from '../../harness/clients.ts'

clientTest('every request of a queue is read, however many pages there are', async ({ a }) => {
  const requests = Array.from({ length: 1001 }, (_, index) => page(String(index)))
  await a.batchAddRequests(requests)
  const kept = await readAll(a)
  assert.deepEqual(kept.map(({ url }) => url).sort(), requests.map(({ url }) => url).sort())
})
