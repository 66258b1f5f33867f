import assert from 'node:assert/strict'
import { assertFailure, fromTheBeginning, httpTest, keysOf } from '../../harness/http/caller.ts'
import { requestIdOf } from '../../src/domain/identity.ts'

httpTest(
  '4.3 head/lock answers 200 with everything that the rule names',
  async (api) => {
    const queue = await api.queueWith('a', 'b')
    api.server.clock.advance(500)
    const answer = await api.post(`${queue}/head/lock?lockSecs=1.5&limit=1&clientKey=filler`)
    assert.equal(answer.status, 200)
    assert.deepEqual(answer.data, {
      limit: 1,
      queueModifiedAt: '2030-01-01T00:00:00.500Z',
      hadMultipleClients: false,
      queueHasLockedRequests: true,
      clientKey: 'filler',
      lockSecs: 2,
      items: [
        {
          id: requestIdOf('a'),
          uniqueKey: 'a',
          url: 'https://example.com/a',
          method: 'GET',
          retryCount: 0,
          lockExpiresAt: '2030-01-01T00:00:02.000Z',
        },
      ],
    })
  },
  fromTheBeginning,
)

httpTest('4.3 the client key is answered only where one was given', async (api) => {
  const queue = await api.queueWith('a')
  const { data } = await api.post(`${queue}/head/lock?lockSecs=60`)
  assert.equal('clientKey' in data, false)
  assert.deepEqual([data.hadMultipleClients, data.limit, data.lockSecs], [true, 25, 60])
  const again = await api.post(`${queue}/head/lock?lockSecs=60&clientKey=b`)
  assert.deepEqual([again.data.items, again.data.queueHasLockedRequests], [[], true])
})

httpTest('4.2 lockSecs holds exactly as long as it says', async (api) => {
  for (const [lockSecs, ms] of Object.entries({ '16.1': 16_100, '0.0000001': 1, '0.0015': 2, '007': 7000 })) {
    const queue = await api.queueWith('a')
    const answer = await api.post(`${queue}/head/lock?lockSecs=${lockSecs}`)
    const { queueModifiedAt, items } = answer.data
    assert.equal(Date.parse(items[0].lockExpiresAt) - Date.parse(queueModifiedAt), ms, lockSecs)
  }
})

httpTest(
  '4.5 GET head answers what nobody holds, in order, and locks nothing',
  async (api) => {
    const queue = await api.queueWith('a', 'b', 'c')
    await api.post(`${queue}/head/lock?lockSecs=60&limit=1&clientKey=filler`)
    const { status, data } = await api.get(`${queue}/head?limit=1&clientKey=filler`)
    assert.equal(status, 200)
    assert.deepEqual(data, {
      limit: 1,
      queueModifiedAt: '2030-01-01T00:00:00.000Z',
      hadMultipleClients: false,
      items: [
        { id: requestIdOf('b'), uniqueKey: 'b', url: 'https://example.com/b', method: 'GET', retryCount: 0 },
      ],
    })
    const whole = await api.get(`${queue}/head`)
    assert.deepEqual(keysOf(whole), ['b', 'c'])
    assert.equal(whole.data.hadMultipleClients, true, 'rule 7.3: a call without a client key is a new client')
  },
  fromTheBeginning,
)

httpTest(
  '5.1, 5.2 a lock is prolonged for its holder, and refused to everybody else with the reason',
  async (api) => {
    const queue = await api.queueWith('a', 'b', 'c')
    await api.post(`${queue}/head/lock?lockSecs=60&limit=1&clientKey=one`)
    const lock = (key: string) => `${queue}/requests/${requestIdOf(key)}/lock`
    api.server.clock.advance(1000)
    const prolonged = await api.put(`${lock('a')}?lockSecs=10&clientKey=one`)
    assert.equal(prolonged.status, 200)
    assert.deepEqual(prolonged.data, { lockExpiresAt: '2030-01-01T00:00:11.000Z' })

    await api.put(`${queue}/requests/${requestIdOf('b')}`, {
      url: 'https://example.com/b',
      uniqueKey: 'b',
      handledAt: '2030-01-01T00:00:00Z',
    })
    const type = 'request-handled-or-locked'
    assertFailure(await api.put(`${lock('a')}?lockSecs=10&clientKey=two`), 403, type, /another client/)
    assertFailure(await api.put(`${lock('a')}?lockSecs=10`), 403, type, /another client/)
    assertFailure(await api.delete(`${lock('a')}?clientKey=two`), 403, type, /another client/)
    assertFailure(await api.put(`${lock('b')}?lockSecs=10&clientKey=one`), 400, type, /already handled/)
    assertFailure(await api.delete(`${lock('b')}?clientKey=one`), 400, type, /already handled/)
    assertFailure(await api.put(`${lock('c')}?lockSecs=10&clientKey=one`), 400, type, /not locked/)
    assertFailure(await api.put(`${lock('x')}?lockSecs=10`), 404, 'record-not-found', 'Request was not found')
    assertFailure(await api.delete(lock('x')), 404, 'record-not-found', 'Request was not found')
  },
  fromTheBeginning,
)

httpTest('5.3 DELETE lock gives it back at once, and can be sent twice', async (api) => {
  const queue = await api.queueWith('a', 'b', 'c')
  await api.post(`${queue}/head/lock?lockSecs=60&limit=2&clientKey=one`)
  const lock = (key: string) => `${queue}/requests/${requestIdOf(key)}/lock?clientKey=one`
  assert.equal((await api.delete(lock('a'))).status, 204)
  assert.equal((await api.delete(lock('a'))).status, 204)
  assert.deepEqual(keysOf(await api.get(`${queue}/head`)), ['c', 'a'])
  assert.equal((await api.delete(`${lock('b')}&forefront=true`)).status, 204)
  assert.deepEqual(keysOf(await api.get(`${queue}/head`)), ['b', 'c', 'a'])
})

httpTest('3.3 forefront of prolong counts only where it was given', async (api) => {
  const queue = await api.queueWith('a', 'b', 'c')
  await api.post(`${queue}/requests?forefront=true`, { url: 'https://example.com/', uniqueKey: 'first' })
  await api.post(`${queue}/head/lock?lockSecs=10&limit=3&clientKey=one`)
  const lock = (key: string) => `${queue}/requests/${requestIdOf(key)}/lock?lockSecs=10&clientKey=one`
  await api.put(lock('first'))
  await api.put(`${lock('b')}&forefront=true`)
  api.server.clock.advance(10_000)
  assert.deepEqual(keysOf(await api.get(`${queue}/head`)), ['b', 'first', 'c', 'a'])
})

httpTest(
  '5.4 unlock releases what the client key holds, and without one and outside a run nothing',
  async (api) => {
    const queue = await api.queueWith('a', 'b', 'c')
    await api.post(`${queue}/head/lock?lockSecs=60&limit=2&clientKey=one`)
    assert.deepEqual((await api.post(`${queue}/requests/unlock`)).data, { unlockedCount: 0 })
    assert.deepEqual((await api.post(`${queue}/requests/unlock?clientKey=two`)).data, { unlockedCount: 0 })
    const answer = await api.post(`${queue}/requests/unlock?clientKey=one`)
    assert.deepEqual([answer.status, answer.data], [200, { unlockedCount: 2 }])
    assert.deepEqual(keysOf(await api.get(`${queue}/head`)), ['c', 'a', 'b'])
  },
)

httpTest('5.1, 5.4 the clients of one run act on each others locks: the token names the run', async (api) => {
  const run = await api.server.createToken({ runId: 'run-1' })
  const otherRun = await api.server.createToken({ runId: 'run-2' })
  const queue = await api.queueWith('a', 'b')
  await api.post(`${queue}/head/lock?lockSecs=60&clientKey=one`, undefined, run)
  const lock = `${queue}/requests/${requestIdOf('a')}/lock`
  assert.equal((await api.put(`${lock}?lockSecs=60&clientKey=two`, undefined, run)).status, 200)
  assert.equal((await api.put(`${lock}?lockSecs=60&clientKey=two`, undefined, otherRun)).status, 403)
  assert.equal((await api.post(`${queue}/requests/unlock`, undefined, otherRun)).data.unlockedCount, 0)
  assert.equal((await api.post(`${queue}/requests/unlock`, undefined, run)).data.unlockedCount, 2)
})

httpTest(
  '5.5 a request shows its lock while it is alive, and not a moment longer',
  async (api) => {
    const queue = await api.queueWith('a')
    await api.post(`${queue}/head/lock?lockSecs=60&clientKey=one`)
    const path = `${queue}/requests/${requestIdOf('a')}`
    const { data } = await api.get(path)
    assert.deepEqual([data.lockByClient, data.lockExpiresAt], ['one', '2030-01-01T00:01:00.000Z'])
    api.server.clock.advance(60_000)
    const { data: later } = await api.get(path)
    assert.deepEqual(['lockByClient' in later, 'lockExpiresAt' in later], [false, false])
  },
  fromTheBeginning,
)
