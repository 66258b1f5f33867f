import assert from 'node:assert/strict'
import { assertFailure, fromTheBeginning, httpTest, page } from '../../harness/http/caller.ts'
import { requestIdOf } from '../../src/domain/identity.ts'

/** The path of the same queue below /headlock/v1. */
function ours(queue: string): string {
  return queue.replace('/v2/request-queues/', '/headlock/v1/queues/')
}

httpTest(
  '14.8 figures show what was done, in steps of the range',
  async (api) => {
    const { clock } = api.server
    const queue = await api.queueWith('a', 'b', 'c')
    clock.advance(1000)
    await api.post(`${queue}/head/lock?clientKey=one&lockSecs=60&limit=2`)
    clock.advance(1000)
    const handled = { ...page('a'), handledAt: '2030-01-01T00:00:00.000Z', errorMessages: ['boom'] }
    await api.put(`${queue}/requests/${requestIdOf('a')}?clientKey=one`, handled)
    clock.advance(5000)
    const { data } = await api.get(`${ours(queue)}/figures`)
    assert.deepEqual(Object.keys(data), ['from', 'stepSecs', 'series'])
    assert.equal(data.stepSecs, 1)
    const first = (Date.parse('2030-01-01T00:00:00.000Z') - Date.parse(data.from)) / 1000
    const { series } = data
    const seconds = (name: string) => series[name].slice(first, first + 3)
    assert.deepEqual(seconds('added'), [3, 0, 0])
    assert.deepEqual(seconds('handedOut'), [0, 2, 0])
    assert.deepEqual(seconds('handled'), [0, 0, 1])
    assert.deepEqual(seconds('failed'), [0, 0, 1])
    assert.deepEqual(seconds('pending'), [3, 3, 2])
    assert.deepEqual(seconds('locked'), [0, 2, 1])
    for (const [range, stepSecs, length] of [
      ['5m', 1, 300],
      ['1h', 10, 360],
      ['24h', 300, 288],
      ['7d', 300, 2016],
    ] as const) {
      const { data } = await api.get(`${ours(queue)}/figures?range=${range}`)
      assert.equal(data.stepSecs, stepSecs)
      const names = ['added', 'handedOut', 'handled', 'givenBack', 'ranOut', 'failed', 'pending', 'locked']
      assert.deepEqual(Object.keys(data.series), names)
      for (const name of names) assert.equal(data.series[name].length, length)
      const sum = data.series.added.reduce((all: number, count: number) => all + count)
      assert.equal(sum, 3, range)
    }
    // The lock of the second one runs out.
    clock.advance(60_000)
    const later = (await api.get(`${ours(queue)}/figures?range=1h`)).data.series
    assert.deepEqual(later.ranOut.slice(-2), [0, 1])
    assert.deepEqual(later.locked.slice(-2), [1, 0])
    const last = (await api.get(`${ours(queue)}/figures?range=1h&steps=2`)).data
    assert.deepEqual(
      [last.series.ranOut, last.series.locked],
      [
        [0, 1],
        [1, 0],
      ],
    )
    assert.equal(Date.parse(last.from), Date.parse('2030-01-01T00:00:50.000Z'))
  },
  fromTheBeginning,
)

httpTest('14.8 figures are for those who may read the queue, and leave no trace', async (api) => {
  const queue = await api.queueWith('a')
  const { token } = await api.server.createToken({ readOnly: true })
  const before = (await api.get('/v2/request-queues?unnamed=1')).data.items[0]
  api.server.clock.advance(1000)
  assert.equal((await api.get(`${ours(queue)}/figures`, { token })).status, 200)
  assert.deepEqual((await api.get('/v2/request-queues?unnamed=1')).data.items[0], before)
  assertFailure(await api.get(`${ours(queue)}/figures`, { token: null }), 401, 'token-not-provided')
  const missing = await api.get('/headlock/v1/queues/~nothing/figures')
  assertFailure(missing, 404, 'record-not-found', 'Request Queue was not found')
  const wrong = await api.get(`${ours(queue)}/figures?range=2h`)
  assertFailure(wrong, 400, 'invalid-input', /range.*5m, 1h, 24h/)
})
