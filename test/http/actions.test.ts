import assert from 'node:assert/strict'
import { assertFailure, type Caller, httpTest, keysOf } from '../../harness/http/caller.ts'
import { requestIdOf } from '../../src/domain/identity.ts'

const idsOf = (...keys: string[]) => keys.map(requestIdOf)

async function filled(api: Caller, ...keys: string[]) {
  const queue = await api.queueWith(...keys)
  const own = `/headlock/v1/queues/${queue.split('/').at(-1)}`
  return { queue, own, act: (body: unknown) => api.post(`${own}/actions`, body) }
}

httpTest('14.5 an action on requests by their IDs, and on all', async (api) => {
  const { queue, act } = await filled(api, '1', '2', '3')
  await api.post(`${queue}/head/lock?lockSecs=60&clientKey=worker&limit=1`)
  const unlocked = await act({ action: 'unlock', ids: [...idsOf('1', '2'), 'unknown'] })
  assert.equal(unlocked.status, 200)
  assert.deepEqual(unlocked.data, { matched: 2, done: 1 })
  assert.deepEqual(keysOf(await api.get(`${queue}/head`)), ['2', '3', '1'])
  const lock = `${queue}/requests/${requestIdOf('1')}/lock?lockSecs=60&clientKey=worker`
  assertFailure(await api.put(lock), 400, 'request-handled-or-locked', /it was released, /)

  assert.deepEqual((await act({ action: 'forefront', ids: idsOf('3', '3') })).data, { matched: 1, done: 1 })
  assert.deepEqual(keysOf(await api.get(`${queue}/head`)), ['3', '2', '1'])
  const counted = await act({ action: 'markHandled', filter: {}, dryRun: true })
  assert.deepEqual(counted.data, { matched: 3, done: 0 })
  assert.deepEqual((await act({ action: 'markHandled', filter: {} })).data, { matched: 3, done: 3 })
  assert.equal((await api.get(queue)).data.pendingRequestCount, 0)
  assert.deepEqual((await act({ action: 'giveBack', filter: [] })).data, { matched: 3, done: 3 })
  const soon = new Date(api.server.clock.wallMs() + 1000).toISOString()
  assert.deepEqual((await act({ action: 'schedule', ids: idsOf('2'), availableAt: soon })).data, {
    matched: 1,
    done: 1,
  })
  assert.deepEqual(keysOf(await api.post(`${queue}/head/lock?lockSecs=60`)).toSorted(), ['1', '3'])
  assert.deepEqual((await act({ action: 'delete', filter: {} })).data, { matched: 3, done: 3 })
  assert.equal((await api.get(queue)).data.totalRequestCount, 0)
})

httpTest('14.5 what an action may not say is refused by name, and changes nothing', async (api) => {
  const { queue, act } = await filled(api, '1')
  const before = await api.stateOf(queue)
  const ids = idsOf('1')
  const refusals: [body: unknown, message: RegExp][] = [
    [{}, /^Invalid input: action must be one of giveBack, markHandled, delete, unlock, forefront, schedule$/],
    [{ action: 'remove', ids }, /: action must be one of /],
    [{ action: 'delete' }, /: ids or filter is needed: which requests are meant/],
    [{ action: 'delete', ids, filter: {} }, /: ids and filter were both given: give one of them$/],
    [{ action: 'delete', ids: [] }, /: ids must be a list of 1 to 10000 IDs of requests$/],
    [{ action: 'delete', ids: 'x' }, /: ids must be a list/],
    [{ action: 'delete', ids: ['x', 1] }, /: ids\[1\] must be a text: the ID of a request$/],
    [{ action: 'delete', ids: Array(10_001).fill('x') }, /: ids must be a list of 1 to 10000/],
    [{ action: 'delete', filter: { colour: 'red' } }, /: colour is not a member of filter/],
    [{ action: 'delete', filter: { url: '' } }, /: filter\.url must be a text that is not empty$/],
    [{ action: 'delete', filter: { client: 1 } }, /: filter\.client must be a text that is not empty$/],
    [{ action: 'delete', filter: { state: 'lost' } }, /: filter\.state must be one or more of available, /],
    [{ action: 'delete', filter: { state: [] } }, /: filter\.state must be one or more of available, /],
    [{ action: 'delete', filter: { host: 'a/b' } }, /: the host "a\/b" /],
    [
      { action: 'delete', filter: { retryCountMin: -1 } },
      /: filter\.retryCountMin must be a whole number from 0$/,
    ],
    [{ action: 'delete', filter: 'all' }, /: filter must be an object$/],
    [{ action: 'delete', ids, dryRun: 1 }, /: dryRun must be true or false$/],
    [
      { action: 'delete', ids, dryrun: true },
      /: dryrun is not a member of the body: allowed are action, ids, /,
    ],
    [{ action: 'delete', ids, keepErrors: true }, /: keepErrors goes with giveBack only$/],
    [{ action: 'delete', ids, availableAt: 1 }, /: availableAt goes with schedule only$/],
    [{ action: 'schedule', ids }, /: availableAt must be a time from 1970 to 9999/],
    [{ action: 'schedule', ids, availableAt: 'soon' }, /: availableAt must be a time from 1970 to 9999/],
    [[1], /: the body must be an object$/],
  ]
  for (const [body, message] of refusals) {
    assertFailure(await act(body), 400, 'invalid-input', message)
  }
  assert.deepEqual(await api.stateOf(queue), before)
  assertFailure(
    await api.post('/headlock/v1/queues/~other/actions', { action: 'delete', filter: {} }),
    404,
    'record-not-found',
    'Request Queue was not found',
  )
})

httpTest('14.5 what failed is tried again with one call', async (api) => {
  const { queue, act } = await filled(api, '1', '2', '3')
  for (const uniqueKey of ['1', '2']) {
    const request = { url: `https://example.com/${uniqueKey}`, uniqueKey, id: requestIdOf(uniqueKey) }
    const errorMessages = uniqueKey === '1' ? ['Error: 503'] : []
    const handledAt = new Date(api.server.clock.wallMs()).toISOString()
    const body = { ...request, retryCount: 3, errorMessages, handledAt }
    await api.put(`${queue}/requests/${request.id}`, body)
  }
  const failed = { action: 'giveBack', filter: { state: 'failed', error: '503', host: 'example.com' } }
  assert.deepEqual((await act({ ...failed, dryRun: true })).data, { matched: 1, done: 0 })
  assert.deepEqual((await act(failed)).data, { matched: 1, done: 1 })
  assert.deepEqual((await act(failed)).data, { matched: 0, done: 0 })
  assert.deepEqual(keysOf(await api.get(`${queue}/head`)), ['3', '1'])
  const { data } = await api.get(`${queue}/requests/${requestIdOf('1')}`)
  assert.deepEqual([data.retryCount, data.errorMessages], [0, []])
  const both = { action: 'delete', filter: { state: ['handled', 'available'], url: 'example.com/2' } }
  assert.deepEqual((await act(both)).data, { matched: 1, done: 1 })
  assert.deepEqual((await act({ ...both, filter: { state: 'handled,failed' } })).data, {
    matched: 0,
    done: 0,
  })
})

httpTest('14.6 a fork: a new queue with copies', async (api) => {
  const { queue, own } = await filled(api, '1', '2', '3')
  await api.post(`${queue}/head/lock?lockSecs=60&clientKey=worker&limit=1`)
  const { status, data, headers } = await api.post(`${own}/fork`, { name: 'again', ids: idsOf('1', '3') })
  assert.equal(status, 201)
  assert.deepEqual([data.name, data.totalRequestCount, data.pendingRequestCount], ['again', 2, 2])
  assert.equal(new URL(headers.get('location')!).pathname, `/v2/request-queues/${data.id}`)
  assert.deepEqual(keysOf(await api.get('/v2/request-queues/~again/head')), ['1', '3'])
  assert.equal((await api.post(`${own}/fork`, { name: 'all' })).data.totalRequestCount, 3)

  const taken = await api.post(`${own}/fork`, { name: 'Again' })
  assertFailure(taken, 409, 'name-not-unique', /There is a queue named "Again" already/)
  assertFailure(await api.post(`${own}/fork`, {}), 400, 'invalid-input', /name must be a text/)
  assertFailure(await api.post(`${own}/fork`, { name: '-x' }), 400, 'invalid-input')
  assertFailure(await api.post('/headlock/v1/queues/~other/fork', { name: 'x' }), 404, 'record-not-found')
})

httpTest('14.5 jobs are listed, shown and stopped', async (api) => {
  const { own, queue } = await filled(api, '1', '2')
  assert.deepEqual((await api.get('/headlock/v1/jobs')).data, { items: [] })
  const { data: fork } = await api.post(`${own}/fork`, { name: 'copy' })
  const { items } = (await api.get('/headlock/v1/jobs')).data
  const [job] = items
  assert.equal(items.length, 1)
  const { id, startedAt, endedAt, perSecond, ...rest } = job
  assert.deepEqual(rest, {
    kind: 'fork',
    action: null,
    dryRun: false,
    queueId: fork.id,
    sourceQueueId: (await api.get(queue)).data.id,
    state: 'done',
    matched: 2,
    done: 2,
    total: 2,
    problem: null,
  })
  assert.deepEqual([startedAt, endedAt], [endedAt, startedAt])
  assert.ok(perSecond > 0)
  assert.deepEqual((await api.get(`/headlock/v1/jobs/${id}`)).data, job)
  assert.equal((await api.delete(`/headlock/v1/jobs/${id}`)).status, 204)
  assert.equal((await api.get(`/headlock/v1/jobs/${id}`)).data.state, 'done')
  const unknown = await api.get('/headlock/v1/jobs/unknown')
  assertFailure(unknown, 404, 'record-not-found', /^Job was not found/)
  assertFailure(await api.delete('/headlock/v1/jobs/unknown'), 404, 'record-not-found')
})
