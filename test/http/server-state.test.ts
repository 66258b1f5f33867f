import assert from 'node:assert/strict'
import { isCluster } from '../../harness/cluster/cluster.ts'
import { assertFailure, fromTheBeginning, httpTest, page } from '../../harness/http/caller.ts'
import { testStoreKind } from '../../harness/server.ts'
import { testPostgresUrl } from '../../harness/test-postgres.ts'
import { tokenHashOf } from '../../src/domain/token.ts'

const path = '/headlock/v1/server'

httpTest(
  'the state of the server: version, store, calls by route',
  async (api) => {
    assertFailure(await api.get(path, { token: null }), 401, 'token-not-provided')
    const queue = await api.queue()
    for (const name of ['a', 'b', 'c']) await api.post(`${queue}/requests`, page(name))
    await api.get('/nothing')
    api.server.clock.advance(90_000)
    const { status, data } = await api.get(path)
    assert.equal(status, 200)
    assert.equal(data.node, process.version)
    assert.equal(data.uptimeSecs, 90)
    assert.equal(data.processes.length, 1)
    assert.ok(data.processes[0].residentBytes > data.processes[0].heapBytes)
    const rowOf = (route: string) => data.routes.find((row: { route: string }) => row.route === route)
    const { calls, errors, perSec, p50Ms, p99Ms } = rowOf('POST /v2/request-queues/{queueId}/requests')
    assert.deepEqual([calls, errors], [3, 0])
    assert.ok(perSec > 0 && p50Ms > 0 && p99Ms >= p50Ms)
    assert.equal(rowOf('none').calls, 1)
    assert.equal(data.store.kind, testStoreKind)
    assert.match(data.store.version, /^\d+\.\d+/)
    const hasSize = testStoreKind === 'sqlite' || !(await isCluster(await testPostgresUrl()))
    assert.ok(hasSize ? data.store.sizeBytes > 0 : data.store.sizeBytes === null)
    if (testStoreKind === 'sqlite') {
      assert.ok(data.store.walBytes > 0)
      assert.ok(data.disk.freeBytes > 0 && data.disk.totalBytes > data.disk.freeBytes)
      assert.equal('pool' in data.store, false)
    } else {
      assert.deepEqual(Object.keys(data.store.pool), ['busy', 'idle', 'waiting'])
      assert.equal(data.disk, null)
      assert.equal(data.fsync, null)
    }
  },
  fromTheBeginning,
)

httpTest('the state of the server lists the tokens of the caller, and never a secret', async (api) => {
  const { store } = api.server
  const bob = await store.ensureUser({ username: 'bob' })
  const secret = 'a-secret-of-bob-0123456789'
  const tokenHash = tokenHashOf(secret)
  await store.createToken({ userId: bob.id, tokenHash, label: 'of bob', runId: null, readOnly: false })
  api.server.clock.advance(1000)
  const readOnly = await api.server.createToken({ readOnly: true })
  api.server.clock.advance(1000)
  const ofRun = await api.server.createToken({ runId: 'run-1' })
  const { data, text } = await api.get(path)
  assert.deepEqual(
    data.tokens.map(({ readOnly, runId }: { readOnly: boolean; runId: string | null }) => [readOnly, runId]),
    [
      [false, null],
      [true, null],
      [false, 'run-1'],
    ],
  )
  assert.deepEqual(Object.keys(data.tokens[0]), ['id', 'name', 'readOnly', 'runId', 'createdAt'])
  for (const hidden of [api.server.token, tokenHashOf(api.server.token), secret, tokenHash, 'of bob']) {
    assert.ok(!text.includes(hidden))
  }
  for (const { token } of [readOnly, ofRun])
    assert.deepEqual((await api.get(path, { token })).data.tokens, [])
})
