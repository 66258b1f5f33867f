/** What a request asks for itself in `userData.headlock` (13.10). What it does is tested by the contract. */
import assert from 'node:assert/strict'
import { assertFailure, httpTest, keysOf, page } from '../../harness/http/caller.ts'
import { requestIdOf } from '../../src/domain/identity.ts'

const asking = (uniqueKey: string, headlock: unknown) => ({ ...page(uniqueKey), userData: { headlock } })

/** What is wrong, and what the message says of it. */
const wrongs: [headlock: unknown, message: RegExp][] = [
  ['soon', /: userData\.headlock must be an object$/],
  [true, /: userData\.headlock must be an object$/],
  [{ delaySecs: '5' }, /: userData\.headlock\.delaySecs must be a number from 0 to 315360000$/],
  [{ delaySecs: -0.001 }, /delaySecs must be a number from 0/],
  [{ delaySecs: 315_360_000.1 }, /delaySecs must be a number from 0/],
  [{ delaySecs: [5] }, /delaySecs/],
  [{ delaySecs: true }, /delaySecs/],
  [
    { notBefore: 'tomorrow' },
    /: userData\.headlock\.notBefore must be a time from 1970 to 9999 in ISO 8601, like /,
  ],
  [{ notBefore: '2030-02-31T00:00:00Z' }, /notBefore/],
  [{ notBefore: '10000-01-01T00:00:00Z' }, /notBefore/],
  [{ notBefore: -1 }, /notBefore/],
  [{ notBefore: 253_402_300_800_000 }, /notBefore/],
  [{ notBefore: {} }, /notBefore/],
  [{ priority: 11 }, /: userData\.headlock\.priority must be a whole number from -10 to 10$/],
  [{ priority: -11 }, /priority/],
  [{ priority: 0.5 }, /priority/],
  [{ priority: '1' }, /priority/],
  [{ delaySecs: 5, notBefore: '2030-01-01', priority: 100 }, /priority/],
]

httpTest('13.10 a wrong wish is refused by its name, in add, batch add and update', async (api) => {
  const queue = await api.queue()
  await api.post(`${queue}/requests`, page('there'))
  for (const [headlock, message] of wrongs) {
    const add = await api.post(`${queue}/requests`, asking('a', headlock))
    assertFailure(add, 400, 'invalid-input', message)
    const id = requestIdOf('there')
    const update = await api.put(`${queue}/requests/${id}`, asking('there', headlock))
    assertFailure(update, 400, 'invalid-input', message)
    const batch = await api.post(`${queue}/requests/batch`, [page('b'), page('c'), asking('d', headlock)])
    const named = new RegExp(message.source.replace(/ must be.*| like .*/, ''))
    assertFailure(batch, 400, 'invalid-input', named)
    assert.match(batch.body.error.message, / of element 2 must be /)
  }
  assert.deepEqual(keysOf(await api.get(`${queue}/head`)), ['there'])
  assert.deepEqual((await api.get(`${queue}/requests/${requestIdOf('there')}`)).data.userData, {})
})

/** What says nothing, or belongs to the caller. */
const rights: unknown[] = [
  null,
  {},
  [],
  { delaySecs: null, notBefore: null, priority: null },
  { delaySecs: 0 },
  { delaySecs: -0, priority: -0 },
  { priority: 10, own: ['member'] },
  { delay: 'own', not_before: true },
  { notBefore: '1970-01-01' },
  { notBefore: 0.5 },
  { notBefore: 'Tue, 01 Jan 2019 00:00:00 GMT' },
]

httpTest('13.10 everything else there is left alone and comes back as it was sent', async (api) => {
  for (const headlock of rights) {
    const queue = await api.queue()
    const added = await api.post(`${queue}/requests`, asking('a', headlock))
    assert.equal(added.status, 201, added.text)
    const { data } = await api.get(`${queue}/requests/${requestIdOf('a')}`)
    assert.deepEqual(data.userData, JSON.parse(JSON.stringify({ headlock })))
    const { data: locked } = await api.post(`${queue}/head/lock?lockSecs=60`)
    assert.equal(locked.items.length, 1, JSON.stringify(headlock))
  }
})

httpTest('13.10 delays of fractions, times in any form, and milliseconds', async (api) => {
  const queue = await api.queue()
  const now = api.server.clock.wallMs()
  const hour = 3_600_000
  const inHours = (hours: number) => new Date(now + hours * hour).toISOString()
  const batch = await api.post(`${queue}/requests/batch`, [
    asking('fraction', { delaySecs: 0.0015 }),
    asking('iso', { notBefore: inHours(1) }),
    asking('offset', { notBefore: inHours(4).replace('Z', '+02:00') }),
    asking('number', { notBefore: now + 3 * hour }),
    { ...asking('handled', { delaySecs: 60 }), handledAt: inHours(0) },
  ])
  assert.equal(batch.status, 201, batch.text)
  const lock = async () => keysOf(await api.post(`${queue}/head/lock?lockSecs=86400`))
  assert.deepEqual(await lock(), [])
  assert.deepEqual(keysOf(await api.get(`${queue}/head`)), ['fraction', 'iso', 'offset', 'number'])
  api.server.clock.advance(1)
  assert.deepEqual(await lock(), [])
  api.server.clock.advance(1)
  assert.deepEqual(await lock(), ['fraction'])
  for (const key of ['iso', 'offset', 'number']) {
    api.server.clock.advance(hour - 3)
    assert.deepEqual(await lock(), [])
    api.server.clock.advance(3)
    assert.deepEqual(await lock(), [key])
  }
})

httpTest('12.2 answers of /v2 show nothing of a schedule', async (api) => {
  const queue = await api.queue()
  await api.post(`${queue}/requests`, asking('a', { delaySecs: 60, priority: 3 }))
  const { data } = await api.get(`${queue}/requests/${requestIdOf('a')}`)
  const names = ['headers', 'id', 'method', 'noRetry', 'retryCount', 'uniqueKey', 'url', 'userData']
  assert.deepEqual(Object.keys(data).sort(), names)
  const { data: head } = await api.get(`${queue}/head`)
  assert.deepEqual(Object.keys(head.items[0]).sort(), ['id', 'method', 'retryCount', 'uniqueKey', 'url'])
  const { data: locked } = await api.post(`${queue}/head/lock?lockSecs=60`)
  assert.deepEqual([locked.items, locked.queueHasLockedRequests], [[], true])
  const { data: view } = await api.get(queue)
  assert.deepEqual([view.pendingRequestCount, view.totalRequestCount], [1, 1])
})
