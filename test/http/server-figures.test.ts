import assert from 'node:assert/strict'
import { assertFailure, fromTheBeginning, httpTest, page } from '../../harness/http/caller.ts'
import { EventReader } from '../../harness/http/event-reader.ts'
import { tokenHashOf } from '../../src/domain/token.ts'

const path = '/headlock/v1/server/figures'

httpTest(
  '14.8 figures of the server add up all queues, also those that are gone',
  async (api) => {
    const { clock } = api.server
    const [first, second] = [await api.queueWith('a', 'b'), await api.queueWith('c')]
    await api.post(`${first}/head/lock?clientKey=one&lockSecs=60&limit=1`)
    await api.post(`${second}/head/lock?clientKey=one&lockSecs=60&limit=1`)
    clock.advance(1000)
    await api.delete(second)
    clock.advance(3000)
    const { data } = await api.get(path)
    assert.deepEqual(Object.keys(data), ['from', 'stepSecs', 'series'])
    const names = ['added', 'handedOut', 'handled', 'givenBack', 'ranOut', 'failed', 'pending', 'locked']
    assert.deepEqual(Object.keys(data.series), names)
    const lastOf = (name: string) => data.series[name].slice(-3)
    assert.deepEqual(['added', 'handedOut', 'pending', 'locked'].map(lastOf), [
      [3, 0, 0],
      [2, 0, 0],
      [3, 2, 2],
      [2, 1, 1],
    ])
    for (const [range, stepSecs, length] of [
      ['5m', 1, 300],
      ['1h', 10, 360],
      ['24h', 300, 288],
      ['7d', 300, 2016],
    ] as const) {
      const { data } = await api.get(`${path}?range=${range}`)
      assert.equal(data.stepSecs, stepSecs)
      for (const name of names) assert.equal(data.series[name].length, length)
      assert.equal(
        data.series.added.reduce((sum: number, count: number) => sum + count),
        3,
        range,
      )
    }
    const latest = (await api.get(`${path}?range=7d&steps=1`)).data
    assert.deepEqual([latest.series.added, latest.series.locked], [[3], [1]])
    assertFailure(await api.get(`${path}?range=2h`), 400, 'invalid-input', /range.*5m, 1h, 24h/)
    assertFailure(await api.get(path, { token: null }), 401, 'token-not-provided')
  },
  fromTheBeginning,
)

httpTest(
  '14.8 every user sees the sums, and no names',
  async (api) => {
    const { store, clock } = api.server
    await api.post('/v2/request-queues?name=secret-of-tester')
    await api.post('/v2/request-queues/~secret-of-tester/requests', page('a'))
    clock.advance(3000)
    const bob = await store.ensureUser({ username: 'bob' })
    const tokenHash = tokenHashOf('token-of-bob')
    await store.createToken({ userId: bob.id, tokenHash, label: null, runId: null, readOnly: true })
    const seen = await api.get(`${path}?steps=3`, { token: 'token-of-bob' })
    assert.deepEqual(seen.data.series.pending, [0, 1, 1])
    assert.doesNotMatch(seen.text, /secret|tester/)
  },
  fromTheBeginning,
)

httpTest(
  '14.8 a stream tells each second of the server',
  async (api) => {
    const queue = await api.queueWith('a')
    const { url, token, clock } = api.server
    const reader = await EventReader.open(`${url}/headlock/v1/server/events`, {
      authorization: `Bearer ${token}`,
    })
    const first = await reader.next()
    assert.deepEqual(Object.keys(first!.data), [
      'at',
      ...['added', 'handedOut', 'handled', 'givenBack', 'ranOut', 'failed', 'pending', 'locked'],
    ])
    await api.post(`${queue}/head/lock?clientKey=one&lockSecs=60&limit=1`)
    const seconds = [first!.data]
    while (seconds.length < 5) {
      clock.advance(1000)
      const event = await reader.next()
      assert.equal(event?.name, 'figures')
      seconds.push(event.data)
    }
    const sumOf = (name: string) => seconds.reduce((sum, each) => sum + each[name], 0)
    assert.deepEqual([sumOf('added'), sumOf('handedOut')], [1, 1])
    assert.deepEqual([seconds.at(-1).pending, seconds.at(-1).locked], [1, 1])
    reader.disconnect()
  },
  fromTheBeginning,
)
