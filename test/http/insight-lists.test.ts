/** Hosts and failures over HTTP (14.2, 14.4). What they say is tested by the contract. */
import assert from 'node:assert/strict'
import { assertFailure, httpTest } from '../../harness/http/caller.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import { toIso } from '../../src/domain/time.ts'

const queue = '/v2/request-queues/~crawl'
const path = '/headlock/v1/queues/~crawl'
const on = (host: string, key: string, more: object = {}) => ({
  url: `https://${host}.test/${key}`,
  uniqueKey: key,
  ...more,
})

httpTest('14.2 hosts have their shape, and pages go on at their cursor', async (api) => {
  await api.post('/v2/request-queues?name=crawl')
  await api.put(`${path}/policy`, { rules: [{ hosts: ['a.test'], delaySecs: 1.5 }] })
  await api.post(`${queue}/requests/batch`, [on('a', '1'), on('a', '2'), on('b', '3'), on('c', '4')])
  await api.post(`${path}/hosts/c.test/cooldown`, { secs: 60 })
  const now = api.server.clock.wallMs()
  const plain = { pending: 1, locked: 0, delaySecs: 0, concurrency: null, cooldownUntil: null, paused: false }
  const until = toIso(now + 60_000)
  const first = await api.get(`${path}/hosts?limit=2`)
  assert.deepEqual(first.data.items, [
    { ...plain, host: 'a.test', pending: 2, delaySecs: 1.5, concurrency: 1, nextDueAt: toIso(now) },
    { ...plain, host: 'c.test', cooldownUntil: until, nextDueAt: until },
  ])
  const { cursor, ...second } = (await api.get(`${path}/hosts?limit=2&cursor=${first.data.nextCursor}`)).data
  assert.deepEqual(second, {
    items: [{ ...plain, host: 'b.test', nextDueAt: toIso(now) }],
    limit: 2,
    capped: false,
  })
  const names = async (query: string) =>
    (await api.get(`${path}/hosts?${query}`)).data.items.map(({ host }: { host: string }) => host)
  assert.deepEqual(await names('sort=host'), ['a.test', 'b.test', 'c.test'])
  assert.deepEqual(await names('sort=host&desc=1'), ['c.test', 'b.test', 'a.test'])
  assert.deepEqual(await names('sort=nextDueAt'), ['a.test', 'b.test', 'c.test'])
  assertFailure(await api.get(`${path}/hosts?sort=name`), 400, 'invalid-input', /sort/)
  assertFailure(await api.get(`${path}/hosts?cursor=e30`), 400, 'invalid-input', /cursor/)
})

httpTest('14.2 clients have their shape, and pages go on at their cursor', async (api) => {
  await api.post('/v2/request-queues?name=crawl')
  await api.post(`${queue}/requests/batch`, [on('a', '1'), on('a', '2'), on('b', '3')])
  await api.post(`${queue}/head/lock?lockSecs=60&limit=2&clientKey=<b>`)
  await api.post(`${queue}/head/lock?lockSecs=30&limit=1&clientKey=second`)
  const now = api.server.clock.wallMs()
  const first = (await api.get(`${path}/clients?limit=1`)).data
  const common = { runId: null, handled: 0, ranOut: 0, lastSeenAt: toIso(now) }
  assert.deepEqual(first.items, [
    { ...common, clientKey: '<b>', locked: 2, handedOut: 2, nextExpiryAt: toIso(now + 60_000) },
  ])
  const second = (await api.get(`${path}/clients?limit=1&cursor=${first.nextCursor}`)).data
  assert.deepEqual(second, {
    items: [{ ...common, clientKey: 'second', locked: 1, handedOut: 1, nextExpiryAt: toIso(now + 30_000) }],
    limit: 1,
    capped: false,
  })
  assertFailure(await api.get(`${path}/clients?cursor=e30`), 400, 'invalid-input', /cursor/)
})

httpTest('14.4 failures have their shape, and a read-only token may see them', async (api) => {
  await api.post('/v2/request-queues?name=crawl')
  const handledAt = '2026-01-01T00:00:00.000Z'
  const errorMessages = ['<script>alert(1)</script> \ud800']
  await api.post(`${queue}/requests`, on('a', '1', { handledAt, errorMessages }))
  await api.post(`${queue}/requests`, on('a', '2', { handledAt, errorMessages: [] }))
  const { token } = await api.server.createToken({ readOnly: true })
  const { data } = await api.get(`${path}/failures`, { token })
  const error = '<script>alert(<number>)</script> \ufffd'
  assert.deepEqual(data, { items: [{ error, count: 1, exampleId: requestIdOf('1') }], capped: false })
  assert.equal((await api.get(`${path}/hosts`, { token })).status, 200)
  assert.deepEqual((await api.get(`${path}/failures?limit=0`)).data.items.length, 1)
})
