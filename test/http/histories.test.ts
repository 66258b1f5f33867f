import assert from 'node:assert/strict'
import { assertFailure, type Caller, httpTest } from '../../harness/http/caller.ts'
import { requestIdOf } from '../../src/domain/identity.ts'

async function newQueue(api: Caller, policy: object = { history: true }) {
  const queue = await api.queue()
  const own = `/headlock/v1/queues/${queue.split('/').at(-1)}`
  await api.put(`${own}/policy`, policy)
  return { queue, own, history: (key: string) => api.get(`${own}/requests/${requestIdOf(key)}/history`) }
}

httpTest('14.7 the history of a request, and why it was handed out more than once', async (api) => {
  const { queue, history } = await newQueue(api)
  const { clock } = api.server
  await api.post(`${queue}/requests?clientKey=finder`, { url: 'https://example.com/1', uniqueKey: '1' })
  assert.match(
    (await history('1')).data.verdict,
    /^It was never handed out, and it waits since it was added at 20/,
  )
  await api.post(`${queue}/head/lock?lockSecs=10&clientKey=slow`)
  assert.match(
    (await history('1')).data.verdict,
    /^It was handed out once, and client slow holds it until 20[\d-]+T[\d:.]+Z\.$/,
  )
  clock.advance(10_000)
  assert.match(
    (await history('1')).data.verdict,
    /^It was handed out once, and it waits since the lock of client slow ran out at /,
  )
  clock.advance(5000)
  await api.post(`${queue}/head/lock?lockSecs=10&clientKey=quick`)
  await api.delete(`${queue}/requests/${requestIdOf('1')}/lock?clientKey=quick`)
  await api.post(`${queue}/head/lock?lockSecs=10&clientKey=last`)
  const request = { id: requestIdOf('1'), url: 'https://example.com/1', uniqueKey: '1' }
  const handledAt = new Date(clock.wallMs()).toISOString()
  await api.put(`${queue}/requests/${requestIdOf('1')}?clientKey=last`, { ...request, handledAt })
  const { status, data } = await history('1')
  assert.equal(status, 200)
  assert.deepEqual(Object.keys(data), ['events', 'handedOutTimes', 'verdict'])
  assert.deepEqual(
    data.events.map(({ event, clientKey }: { event: string; clientKey: string }) => `${event} ${clientKey}`),
    [
      'added finder',
      'locked slow',
      'ranOut slow',
      'locked quick',
      'givenBack quick',
      'locked last',
      'handled last',
    ],
  )
  const [added, locked, ranOut] = data.events
  assert.deepEqual(Object.keys(added), ['at', 'event', 'clientKey', 'until'])
  assert.equal(added.until, null)
  assert.equal(locked.until, ranOut.at)
  assert.equal(Date.parse(locked.until) - Date.parse(locked.at), 10_000)
  assert.equal(data.handedOutTimes, 3)
  assert.match(
    data.verdict,
    /^It was handed out 3 times, because the lock of client slow ran out at \S+ and client quick gave it back at \S+, and client last marked it as handled at \S+Z\.$/,
  )
})

httpTest('14.7 a look at a history is no use of the queue', async (api) => {
  const { queue, history } = await newQueue(api)
  await api.post(`${queue}/requests?clientKey=finder`, { url: 'https://example.com/1', uniqueKey: '1' })
  const before = await api.stateOf(queue)
  api.server.clock.advance(1000)
  assert.equal((await history('1')).status, 200)
  assert.deepEqual(await api.stateOf(queue), before)
})

httpTest('14.7 without a history there is a verdict that says what to do', async (api) => {
  const { queue, own, history } = await newQueue(api, {})
  await api.post(`${queue}/requests`, { url: 'https://example.com/1', uniqueKey: '1' })
  assert.deepEqual((await history('1')).data, {
    events: [],
    handedOutTimes: 0,
    verdict:
      'The queue keeps no histories: a policy with "history": true makes it keep what happens from then on.',
  })
  await api.put(`${own}/policy`, { history: true })
  const { verdict } = (await history('1')).data
  assert.equal(verdict, 'Nothing has happened to it since the queue began to keep histories.')
})

httpTest('2.8 a client key with half a surrogate pair comes back as U+FFFD', async (api) => {
  const { queue, history } = await newQueue(api)
  await api.post(`${queue}/requests?clientKey=a`, { url: 'https://example.com/1', uniqueKey: '1' })
  const { store, userId } = api.server
  const address = { userId, queue: { queueId: queue.split('/').at(-1)! } }
  const client = { clientKey: 'half \ud800', runId: null }
  await store.lockHead({ ...address, client, limit: 1, lockMs: 1000 })
  const { text, data } = await history('1')
  assert.ok(text.isWellFormed())
  assert.equal(data.events.at(-1).clientKey, 'half \ufffd')
})

httpTest('14.7 unknown requests and queues are 404', async (api) => {
  const { own } = await newQueue(api)
  assertFailure(
    await api.get(`${own}/requests/unknown/history`),
    404,
    'record-not-found',
    'Request was not found',
  )
  const path = '/headlock/v1/queues/~other/requests/unknown/history'
  assertFailure(await api.get(path), 404, 'record-not-found', 'Request Queue was not found')
})
