import assert from 'node:assert/strict'
import { requestIdOf } from '../../src/domain/identity.ts'
import { assertFailure, httpTest } from './caller.ts'

httpTest('9.6 ?method= on a GET stands for another method', async (api) => {
  const made = await api.get('/v2/request-queues?method=POST&name=a')
  assert.equal(made.status, 201)
  const queue = `/v2/request-queues/${made.data.id}`
  const locked = await api.get(`${queue}/head/lock?lockSecs=1&method=POST`)
  assert.deepEqual([locked.status, locked.data.items], [200, []])
  const prolonged = await api.get(`${queue}/requests/${requestIdOf('a')}/lock?method=PUT&lockSecs=1`)
  assertFailure(prolonged, 404, 'record-not-found', 'Request was not found')
  assert.equal((await api.get(`${queue}?method=DELETE`)).status, 204)
  assert.equal((await api.get(queue)).status, 404)
})

httpTest(
  '9.6 other methods there are refused, and other methods than GET are not overridden',
  async (api) => {
    const queue = await api.queue()
    for (const method of ['GET', 'PATCH', 'delete', '', 'DELETE&method=POST']) {
      assertFailure(
        await api.get(`${queue}?method=${method}`),
        400,
        'invalid-input',
        /method .* POST, PUT, DELETE/,
      )
    }
    assert.equal((await api.put(`${queue}?method=DELETE`, { title: 'x' })).status, 200)
    assert.equal((await api.get(`${queue}?paymethod=DELETE`)).status, 200)
    assert.equal((await api.get(`${queue}?x=method%3DDELETE`)).status, 200)
    assert.equal((await api.get(queue)).data.title, 'x')
  },
)
