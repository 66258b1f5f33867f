/** Head/locks that wait (13.14). The tests that count calls of the store wrap it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type Answer, assertFailure, type Caller, httpTest, keysOf, page } from '../../harness/http/caller.ts'
import { WatchedStore } from '../../harness/http/watched-store.ts'
import { drain } from '../../src/app/threads/listen.ts'
import { requestIdOf } from '../../src/domain/identity.ts'

function waitingTest(name: string, body: (api: Caller, store: WatchedStore) => Promise<void>): void {
  const watched = new WatchedStore()
  httpTest(name, (api) => body(api, watched), { around: (store) => watched.around(store) })
}

function lock(api: Caller, queue: string, query = 'waitSecs=60'): Promise<Answer> {
  return api.post(`${queue}/head/lock?lockSecs=60&clientKey=filler&${query}`)
}

function handled(key: string) {
  return { ...page(key), handledAt: '2030-01-01T00:00:00Z' }
}

httpTest('13.14 waitSecs is from 0 to 60, with fractions, and all else is refused', async (api) => {
  const queue = await api.queueWith('a')
  for (const waitSecs of ['-1', '60.1', '61', 'x', '', '1e1', 'true']) {
    assertFailure(await lock(api, queue, `waitSecs=${waitSecs}`), 400, 'invalid-input', /waitSecs/)
  }
  assertFailure(await lock(api, queue, 'waitSecs=1&waitSecs=2'), 400, 'invalid-input', /waitSecs/)
  for (const waitSecs of ['0', '0.5', '60', '60.0']) {
    const answer = await lock(api, queue, `limit=1&waitSecs=${waitSecs}`)
    assert.equal(answer.status, 200)
    await api.delete(`${queue}/requests/${requestIdOf('a')}/lock?clientKey=filler`)
  }
  assertFailure(await api.get(`${queue}/head?waitSecs=1`), 400, 'invalid-input', /waitSecs/)
  assertFailure(await lock(api, '/v2/request-queues/~nothing'), 404, 'record-not-found')
})

waitingTest(
  '13.14 the answer waits as long as it says, and is then that of a head/lock at that moment',
  async (api, store) => {
    const queue = await api.queueWith('a', 'b')
    await lock(api, queue, 'limit=2')
    await api.put(`${queue}/requests/${requestIdOf('a')}`, handled('a'))
    const waiting = lock(api, queue, 'waitSecs=5')
    await store.waiters(1)
    await api.put(`${queue}/requests/${requestIdOf('b')}?clientKey=filler`, handled('b'))
    api.server.clock.advance(5000)
    const { status, data } = await waiting
    assert.deepEqual([status, data.items, data.queueHasLockedRequests], [200, [], false])
  },
)

waitingTest('13.14 an added request is answered at once to who waits', async (api, store) => {
  const queue = await api.queue()
  const waiting = lock(api, queue)
  await store.waiters(1)
  await api.post(`${queue}/requests`, page('a'))
  const answer = await waiting
  assert.deepEqual(keysOf(answer), ['a'])
  assert.equal(answer.data.clientKey, 'filler')
})

waitingTest('13.14 a request that is given back wakes, by whatever call', async (api, store) => {
  const ways: Record<string, (queue: string, request: string) => Promise<Answer>> = {
    'delete lock': (_, request) => api.delete(`${request}/lock?clientKey=one`),
    unlock: (queue) => api.post(`${queue}/requests/unlock?clientKey=one`),
    update: (_, request) => api.put(`${request}?clientKey=one`, page('a')),
    'a handled one that is pending again': async (_, request) => {
      await api.put(`${request}?clientKey=one`, handled('a'))
      return api.put(`${request}?clientKey=one`, page('a'))
    },
    'a shorter lock': async (_, request) => {
      const newsBefore = store.newsCount
      const answer = await api.put(`${request}/lock?lockSecs=1&clientKey=one`)
      await store.news(newsBefore + 1)
      api.server.clock.advance(1000)
      return answer
    },
    'a policy that pauses no longer': async (queue, request) => {
      const policy = `/headlock/v1/queues/${queue.split('/').at(-1)}/policy`
      await api.put(policy, { paused: true })
      await api.delete(`${request}/lock?clientKey=one`)
      return api.put(policy, { paused: false })
    },
  }
  for (const [way, giveBack] of Object.entries(ways)) {
    const queue = await api.queueWith('a')
    await api.post(`${queue}/head/lock?lockSecs=60&clientKey=one`)
    const before = store.waiterCount
    const waiting = lock(api, queue)
    await store.waiters(before + 1)
    const answer = await giveBack(queue, `${queue}/requests/${requestIdOf('a')}`)
    assert.ok(answer.status < 300, `${way}: ${answer.text}`)
    assert.deepEqual(keysOf(await waiting), ['a'], way)
  }
})

waitingTest(
  '13.14 a lock that runs out wakes, and a scheduled request whose moment comes',
  async (api, store) => {
    const queue = await api.queueWith('a')
    await api.post(`${queue}/head/lock?lockSecs=10&clientKey=one`)
    const waiting = lock(api, queue)
    await store.waiters(1)
    api.server.clock.advance(9_999)
    await api.post(`${queue}/requests`, { ...page('b'), userData: { headlock: { delaySecs: 20 } } })
    api.server.clock.advance(1)
    assert.deepEqual(keysOf(await waiting), ['a'])
    const forB = lock(api, queue)
    await store.waiters(2)
    api.server.clock.advance(20_000)
    assert.deepEqual(keysOf(await forB), ['b'])
  },
)

waitingTest('13.14, 3.7 a clock that is set forward lets locks run out, and wakes', async (api, store) => {
  const queue = await api.queueWith('a')
  await api.post(`${queue}/head/lock?lockSecs=3600&clientKey=one`)
  const waiting = lock(api, queue)
  await store.waiters(1)
  api.server.clock.jump(3_600_000)
  assert.deepEqual(keysOf(await waiting), ['a'])
})

waitingTest('13.14 one request wakes one of ten callers, the one that came first', async (api, store) => {
  const queue = await api.queue()
  const answered: string[] = []
  const calls: Promise<Answer>[] = []
  for (let number = 0; number < 10; number++) {
    const call = api.post(`${queue}/head/lock?lockSecs=3600&waitSecs=60&clientKey=c${number}`)
    calls.push(call)
    await store.waiters(number + 1)
    void call.then(({ data }) => data.items.length > 0 && answered.push(data.clientKey))
  }
  const callsBefore = store.lockHeads
  await api.post(`${queue}/requests`, page('a'))
  await calls[0]
  assert.deepEqual(answered, ['c0'])
  await api.post(`${queue}/requests`, page('b'))
  await calls[1]
  assert.deepEqual(answered, ['c0', 'c1'])
  assert.equal(store.lockHeads - callsBefore, 2, 'nobody else asked the store')
  api.server.clock.advance(60_000)
  const rest = await Promise.all(calls.slice(2))
  assert.ok(rest.every(({ data }) => data.items.length === 0 && data.queueHasLockedRequests))
})

waitingTest('13.14 ten requests wake as many callers as it takes', async (api, store) => {
  const queue = await api.queue()
  const calls: Promise<Answer>[] = []
  for (const limit of [1, 3, 25, 25]) {
    calls.push(lock(api, queue, `waitSecs=60&limit=${limit}`))
    await store.waiters(calls.length)
  }
  const keys = Array.from('abcdefghij')
  await api.post(`${queue}/requests/batch?clientKey=filler`, keys.map(page))
  const [one, three, rest] = await Promise.all(calls.slice(0, 3))
  assert.deepEqual([...keysOf(one!), ...keysOf(three!), ...keysOf(rest!)].sort(), keys)
  assert.deepEqual([keysOf(one!).length, keysOf(three!).length], [1, 3])
  // The locks of the others run out when the wait of the last one ends, so it gets something after all.
  api.server.clock.advance(60_000)
  assert.equal(keysOf(await calls[3]!).length, 10)
})

waitingTest('13.14 requests that are there all at once go to all who wait', async (api, store) => {
  const queue = await api.queue()
  const policy = `/headlock/v1/queues/${queue.split('/').at(-1)}/policy`
  await api.put(policy, { paused: true })
  const keys = Array.from({ length: 40 }, (_, index) => `k${index}`)
  for (let from = 0; from < keys.length; from += 20) {
    await api.post(`${queue}/requests/batch`, keys.slice(from, from + 20).map(page))
  }
  const calls = keys.map(() => lock(api, queue, 'waitSecs=60&limit=1'))
  await store.waiters(keys.length)
  await api.put(policy, {})
  const answers = await Promise.all(calls)
  assert.deepEqual(answers.flatMap(keysOf).sort(), [...keys].sort())
})

waitingTest('13.14 a caller that disconnects waits no longer, and takes nothing', async (api, store) => {
  const queue = await api.queue()
  const [id] = queue.split('/').slice(-1)
  for (const [index, leave] of (['destroy', 'resetAndDestroy', 'end'] as const).entries()) {
    const client = connect(api.server.port, '127.0.0.1')
    const [server] = await once(api.server.app.server, 'connection')
    client.write(
      `POST /v2/request-queues/${id}/head/lock?lockSecs=60&waitSecs=60&clientKey=gone HTTP/1.1\r\nHost: localhost\r\n` +
        `Authorization: Bearer ${api.server.token}\r\nContent-Length: 0\r\n\r\n`,
    )
    await store.waiters(index + 1)
    // Not `once` of node:events, which takes the reset for a failure of the test.
    const closed = new Promise((resolve) => server.once('close', resolve))
    client.on('error', () => {})
    client[leave]()
    await closed
    const before = store.lockHeads
    await api.post(`${queue}/requests`, page(leave))
    assert.deepEqual(keysOf(await api.get(`${queue}/head`)), [leave])
    assert.equal(store.lockHeads, before, `after ${leave}`)
    await api.delete(`${queue}/requests/${requestIdOf(leave)}`)
    client.destroy()
  }
})

waitingTest('13.14 a queue that is deleted ends the waiting on it', async (api, store) => {
  const queue = await api.queue()
  const calls = [1, 2, 3].map(() => lock(api, queue))
  await store.waiters(3)
  await api.delete(queue)
  for (const call of calls) assertFailure(await call, 404, 'record-not-found')
})

waitingTest('13.14 a server that stops answers who waits at once', async (api, store) => {
  const queue = await api.queueWith('a')
  await api.post(`${queue}/head/lock?lockSecs=60&clientKey=one`)
  const calls = [1, 2, 3].map(() => lock(api, queue))
  await store.waiters(3)
  await drain(api.server.app)
  for (const call of calls) {
    const { status, data } = await call
    assert.deepEqual([status, data.items, data.queueHasLockedRequests], [200, [], true])
  }
})

waitingTest(
  '13.14 what a caller waits for by its name is that queue, also when the name moves on',
  async (api, store) => {
    await api.post('/v2/request-queues?name=first')
    const { data: second } = await api.post('/v2/request-queues?name=second')
    const waiting = lock(api, '/v2/request-queues/~first')
    await store.waiters(1)
    const { data: first } = await api.put('/v2/request-queues/~first', { name: 'third' })
    await api.put(`/v2/request-queues/${second.id}`, { name: 'first' })
    await api.post('/v2/request-queues/~first/requests', page('of the second'))
    await api.post(`/v2/request-queues/${first.id}/requests`, page('of the first'))
    assert.deepEqual(keysOf(await waiting), ['of the first'])
  },
)
