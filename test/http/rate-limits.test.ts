import assert from 'node:assert/strict'
import { type Answer, assertFailure, type Caller, httpTest, page } from '../../harness/http/caller.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import type { Store } from '../../src/store/store.ts'

const hosted = { rateLimits: 'hosted' } as const

/** Makes the call as often as this second allows; gives the number, and the first answer that was refused. */
async function untilRefused(call: () => Promise<Answer>): Promise<[number, Answer]> {
  for (let count = 0; ; count++) {
    const answer = await call()
    if (answer.status === 429) return [count, answer]
  }
}

function callsOf(api: Caller, queue: string): [limit: number, calls: (() => Promise<Answer>)[]][] {
  const request = `${queue}/requests/${requestIdOf('a')}`
  return [
    [
      400,
      [
        () => api.post(`${queue}/requests`, page('a')),
        () => api.get(request),
        () => api.put(request, page('a')),
        () => api.delete(request),
        () => api.put(`${request}/lock?lockSecs=1`),
        () => api.delete(`${request}/lock`),
      ],
    ],
    [
      40,
      [
        () => api.post(`${queue}/requests/batch`, [page('a')]),
        () => api.delete(`${queue}/requests/batch`, [{ uniqueKey: 'a' }]),
        () => api.post(`${queue}/head/lock?lockSecs=1`),
      ],
    ],
    [
      60,
      [
        () => api.get(`${queue}/head`),
        () => api.get(`${queue}/requests`),
        () => api.post(`${queue}/requests/unlock`),
        () => api.get(queue),
      ],
    ],
  ]
}

httpTest(
  '9.7 with the hosted rates, each class of calls has its limit per queue and second',
  async (api) => {
    const queue = await api.queue()
    for (const [limit, calls] of callsOf(api, queue)) {
      api.server.clock.advance(1000)
      const [count] = await untilRefused(calls[0]!)
      assert.equal(count, limit)
      // The other calls of the class share its budget.
      for (const call of calls) {
        const refused = await call()
        const message = `You have exceeded the rate limit of ${limit} requests per second`
        assertFailure(refused, 429, 'rate-limit-exceeded', message)
        assert.equal(refused.headers.get('x-ratelimit-limit'), String(limit))
        assert.equal(refused.headers.get('retry-after'), '1')
      }
    }
  },
  hosted,
)

httpTest(
  '9.7 other queues and other classes have budgets of their own, and the next second a new one',
  async (api) => {
    const [one, two] = [await api.queue(), await api.queue()]
    const lock = (queue: string) => api.post(`${queue}/head/lock?lockSecs=1`)
    await untilRefused(() => lock(one))
    assert.equal((await lock(two)).status, 200)
    assert.equal((await api.get(`${one}/head`)).status, 200)
    // The manual clock begins at 1 ms.
    api.server.clock.advance(998)
    assert.equal((await lock(one)).status, 429)
    api.server.clock.advance(1)
    assert.equal((await lock(one)).status, 200)
  },
  hosted,
)

httpTest(
  '9.7 a queue has one budget, however it is addressed',
  async (api) => {
    const { data } = await api.post('/v2/request-queues?name=rl')
    const spellings = [data.id, '~rl', '~RL', 'tester~rl', 'TESTER~rL', '%7Erl']
    const lock = (spelling: string) => api.post(`/v2/request-queues/${spelling}/head/lock?lockSecs=1`)
    for (const spent of ['~rl', data.id]) {
      api.server.clock.advance(1000)
      const [count] = await untilRefused(() => lock(spent))
      assert.equal(count, 40)
      for (const spelling of spellings) assert.equal((await lock(spelling)).status, 429, spelling)
    }
    assertFailure(await lock('~nobody'), 404, 'record-not-found')
  },
  hosted,
)

httpTest(
  '9.7 missing queues share one budget, whatever their names',
  async (api) => {
    let invented = 0
    const names = [() => `~n${invented++}`, () => `tester~n${invented++}`, () => `AbCdEfGhIjKl${invented++}`]
    for (const name of [...names, () => names[invented % names.length]!()]) {
      api.server.clock.advance(1000)
      const [count] = await untilRefused(() => api.post(`/v2/request-queues/${name()}/head/lock?lockSecs=1`))
      assert.equal(count, 40)
      for (const other of names) {
        const refused = await api.delete(`/v2/request-queues/${other()}/requests/batch`, [{ id: 'a' }])
        assertFailure(refused, 429, 'rate-limit-exceeded')
      }
    }
    // Nobody else has to pay for it, those who make a queue of that name included.
    const queue = await api.queue()
    assert.equal((await api.post(`${queue}/head/lock?lockSecs=1`)).status, 200)
    await api.post('/v2/request-queues?name=n0')
    assert.equal((await api.post('/v2/request-queues/~n0/head/lock?lockSecs=1')).status, 200)
  },
  hosted,
)

httpTest(
  '9.7 a queue that was deleted has no budget of its own any more',
  async (api) => {
    const lock = (queue: string) => api.post(`${queue}/head/lock?lockSecs=1`)
    await untilRefused(() => lock('/v2/request-queues/~nobody'))
    const queue = await api.queue()
    assert.equal((await lock(queue)).status, 200)
    await api.delete(queue)
    api.server.clock.advance(1000)
    await untilRefused(() => lock('/v2/request-queues/~nobody'))
    assert.equal((await lock(queue)).status, 429)
  },
  hosted,
)

let lookUps = 0
httpTest(
  '9.7 without hosted rates, no queue is looked up for its budget',
  async (api) => {
    await api.post('/v2/request-queues?name=rl')
    assert.equal((await api.get('/v2/request-queues/~rl/head')).status, 200)
    assert.equal(lookUps, 0)
  },
  {
    around: (store): Store => ({
      ...store,
      findQueueId(ask) {
        lookUps += 1
        return store.findQueueId(ask)
      },
    }),
  },
)

httpTest(
  '9.7 a call that is refused for its rate changes nothing and uses no other budget',
  async (api) => {
    const queue = await api.queueWith('a')
    await untilRefused(() => api.post(`${queue}/requests/batch`, [page('a')]))
    const before = await api.stateOf(queue)
    api.server.clock.advance(1)
    assert.equal((await api.post(`${queue}/requests/batch`, [page('b')])).status, 429)
    assert.deepEqual(await api.stateOf(queue), before)
    for (let call = 0; call < 100; call++) {
      const { error } = (await api.get(queue, { token: 'nobody' })).body
      assert.match(error.message, /^Authentication token is not valid/)
    }
    assert.equal((await api.get(queue)).status, 200)
  },
  hosted,
)

httpTest('9.7 without hosted rates nothing is refused, and every answer says 1000000', async (api) => {
  const queue = await api.queue()
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => api.post(`${queue}/head/lock?lockSecs=1`)),
  )
  assert.deepEqual(new Set(answers.map((answer) => answer.status)), new Set([200]))
  const none = { token: null }
  const calls = [
    api.get(queue),
    api.get(queue, none),
    api.get('/nothing'),
    api.get('/%zz'),
    api.get('/health', none),
  ]
  for (const call of [
    ...calls,
    api.get('/?method=X'),
    api.call('OPTIONS', queue),
    api.call('PATCH', queue),
  ]) {
    assert.equal((await call).headers.get('x-ratelimit-limit'), '1000000')
  }
})
