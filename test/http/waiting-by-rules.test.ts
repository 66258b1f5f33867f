/** Head/locks that wait for what the rules of a policy hold back (13.14). */
import assert from 'node:assert/strict'
import { httpTest, keysOf, page } from '../../harness/http/caller.ts'
import { WatchedStore } from '../../harness/http/watched-store.ts'
import { requestIdOf } from '../../src/domain/identity.ts'

const watched = new WatchedStore()

httpTest(
  '13.14 a caller that waits for a site with a delay is woken when the delay is over',
  async (api) => {
    const queue = await api.queueWith('a', 'b')
    const lock = (query: string) => api.post(`${queue}/head/lock?lockSecs=60&clientKey=filler&${query}`)
    const policy = `/headlock/v1/queues/${queue.split('/').at(-1)}/policy`
    await api.put(policy, { rules: [{ hosts: '*', concurrency: 1, delaySecs: 5 }] })
    assert.deepEqual(keysOf(await lock('waitSecs=60')), ['a'])
    const waiting = lock('waitSecs=60')
    await watched.waiters(1)
    const handled = { ...page('a'), handledAt: '2030-01-01T00:00:00Z' }
    const newsBefore = watched.newsCount
    await api.put(`${queue}/requests/${requestIdOf('a')}?clientKey=filler`, handled)
    await watched.news(newsBefore + 1)
    api.server.clock.advance(4_999)
    assert.deepEqual((await lock('waitSecs=0')).data.items, [])
    api.server.clock.advance(1)
    assert.deepEqual(keysOf(await waiting), ['b'])
  },
  { around: (store) => watched.around(store) },
)

const released = new WatchedStore()

httpTest(
  '13.14 the end of a cooldown, and room for another request of a site, wake',
  async (api) => {
    const queue = await api.queueWith('a', 'b')
    const lock = () => api.post(`${queue}/head/lock?lockSecs=60&waitSecs=60&limit=1&clientKey=filler`)
    const base = `/headlock/v1/queues/${queue.split('/').at(-1)}`
    await api.put(`${base}/policy`, { rules: [{ hosts: '*', concurrency: 1 }] })
    assert.deepEqual(keysOf(await lock()), ['a'])
    const forB = lock()
    await released.waiters(1)
    await api.delete(`${queue}/requests/${requestIdOf('a')}?clientKey=filler`)
    assert.deepEqual(keysOf(await forB), ['b'])

    const { userId, store } = api.server
    const group = { userId, queue: { queueId: queue.split('/').at(-1)! }, group: 'example.com' }
    await store.setCooldown({ ...group, until: api.server.clock.wallMs() + 3_600_000 })
    await api.delete(`${queue}/requests/${requestIdOf('b')}/lock?clientKey=filler`)
    const again = lock()
    await released.waiters(2)
    await store.endCooldown(group)
    assert.deepEqual(keysOf(await again), ['b'])
  },
  { around: (store) => released.around(store) },
)

const revisited = new WatchedStore()

httpTest(
  '13.9 and 13.14 a request that is pending again wakes',
  async (api) => {
    const queue = await api.queueWith()
    await api.put(`/headlock/v1/queues/${queue.split('/').at(-1)}/policy`, {
      revisit: [{ hosts: '*', afterSecs: 5 }],
    })
    const { clock, store } = api.server
    await api.post(`${queue}/requests`, { ...page('a'), handledAt: new Date(clock.wallMs()).toISOString() })
    const waiting = api.post(`${queue}/head/lock?lockSecs=60&waitSecs=60&clientKey=filler`)
    await revisited.waiters(1)
    clock.advance(5_000)
    assert.equal(await store.revisitRequests(), true)
    assert.deepEqual(keysOf(await waiting), ['a'])
  },
  { around: (store) => revisited.around(store) },
)
