/** The queues of `bench/insight.ts`: every look at them is answered, and what is filled in is what a server would have left. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, dataOf } from '../../bench/insight/calls.ts'
import { looks } from '../../bench/insight/looks.ts'
import { openPlace } from '../../bench/insight/places.ts'

const requestCount = 12_000
const hostCount = 300

for (const kind of ['sqlite', 'postgres'] as const) {
  test(`${kind}: a queue that was filled in is explained as it is, and every look is answered`, async () => {
    const place = await openPlace(kind)
    try {
      const first = await place.start()
      const { id } = await dataOf<{ id: string }>(first, 'POST', '/v2/request-queues')
      const policy = { rules: [{ hosts: ['*'], delaySecs: 86_400 }] }
      await call(first, 'PUT', `/headlock/v1/queues/${id}/policy`, policy)
      await place.stop()
      await place.fill([{ queueId: id, requestCount, hostCount, hasGroups: true }])
      await place.analyze?.()
      const server = await place.start()
      const { counts, capped } = await dataOf<{ counts: Record<string, number>; capped: string[] }>(
        server,
        'GET',
        `/headlock/v1/queues/${id}/explain`,
      )
      assert.deepEqual(capped, [])
      assert.equal(counts['locked'], 2000)
      assert.equal(counts['handled'], requestCount / 2)
      assert.equal(
        counts['available']! + counts['held']! + counts['scheduled']! + counts['locked']!,
        requestCount / 2,
      )
      for (const path of looks.all) {
        const root = path.includes('?filter=') ? '/v2/request-queues' : '/headlock/v1/queues'
        await call(server, 'GET', `${root}/${id}/${path}`)
      }
    } finally {
      await place.close()
    }
  })
}
