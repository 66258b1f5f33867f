import assert from 'node:assert/strict'
import { assertFailure, type Caller, fromTheBeginning, httpTest, page } from '../../harness/http/caller.ts'
import { EventReader, heartbeat } from '../../harness/http/event-reader.ts'

async function newQueue(api: Caller, name: string, requestCount: number): Promise<string> {
  const { data } = await api.post(`/v2/request-queues?name=${name}`)
  const path = `/v2/request-queues/${data.id}`
  const pages = Array.from({ length: requestCount }, (_, index) => page(`page-${index}`))
  if (requestCount > 0) await api.post(`${path}/requests/batch?clientKey=one`, pages)
  return path
}

/** What was done until now is saved. */
async function save({ server }: Caller): Promise<void> {
  assert.deepEqual(await server.store.check(), [])
}

function names(items: readonly { readonly name: string }[]): string[] {
  return items.map(({ name }) => name)
}

httpTest(
  '14.8 queues are listed with figures, searched, sorted, and in pages',
  async (api) => {
    const queue = await newQueue(api, 'Bravo', 5)
    await newQueue(api, 'alpha', 2)
    await newQueue(api, 'charlie', 0)
    await api.post(`${queue}/head/lock?clientKey=one&lockSecs=60&limit=2`)
    api.server.clock.advance(5000)
    await save(api)
    const { data } = await api.get('/headlock/v1/queues')
    assert.deepEqual(names(data.items), ['alpha', 'Bravo', 'charlie'])
    assert.equal(data.nextCursor, null)
    const { id, createdAt, modifiedAt, oldestAvailableAt, handledLastHour, ...others } = data.items[1]
    assert.equal(queue.endsWith(id), true)
    for (const time of [createdAt, modifiedAt, oldestAvailableAt])
      assert.equal(time, '2030-01-01T00:00:00.000Z')
    assert.deepEqual(handledLastHour, Array(60).fill(0))
    assert.deepEqual(others, {
      name: 'Bravo',
      title: null,
      ownerName: 'tester',
      pendingRequestCount: 5,
      handledRequestCount: 0,
      totalRequestCount: 5,
      lockedRequestCount: 2,
      rates: { addedPerSec: 0.5, handledPerSec: 0, handedOutPerSec: 0.2, failedPerSec: 0 },
      secsToEmpty: null,
    })
    const found = await api.get('/headlock/v1/queues?search=RAV')
    assert.deepEqual(names(found.data.items), ['Bravo'])
    const first = await api.get('/headlock/v1/queues?sort=pending&desc=1&limit=2')
    assert.deepEqual(names(first.data.items), ['Bravo', 'alpha'])
    const cursor = first.data.nextCursor
    const second = await api.get(`/headlock/v1/queues?sort=pending&desc=1&limit=2&cursor=${cursor}`)
    assert.deepEqual([names(second.data.items), second.data.nextCursor], [['charlie'], null])
    for (const query of [
      `cursor=${cursor}`,
      'sort=pending&cursor=x',
      'sort=size',
      'limit=0',
      'limit=101',
      'desc=maybe',
    ]) {
      assertFailure(await api.get(`/headlock/v1/queues?${query}`), 400, 'invalid-input')
    }
  },
  fromTheBeginning,
)

httpTest('7.2, 9.3 a list with figures takes a read-only token, and leaves no trace', async (api) => {
  const queue = await newQueue(api, 'crawl', 1)
  const { token } = await api.server.createToken({ readOnly: true })
  const before = (await api.get('/v2/request-queues')).data
  api.server.clock.advance(5000)
  assert.deepEqual(names((await api.get('/headlock/v1/queues', { token })).data.items), ['crawl'])
  const reader = await EventReader.open(`${api.server.url}/headlock/v1/events`, {
    authorization: `Bearer ${token}`,
  })
  assert.equal((await reader.next())?.name, 'queues')
  reader.disconnect()
  assert.deepEqual((await api.get('/v2/request-queues')).data, before)
  await api.delete(queue)
  assert.deepEqual((await api.get('/headlock/v1/queues')).data.items, [])
})

httpTest('14.8 a stream tells the queues that change', async (api) => {
  const queue = await newQueue(api, 'crawl', 1)
  await newQueue(api, 'other', 1)
  api.server.clock.advance(60_000)
  const reader = await EventReader.open(`${api.server.url}/headlock/v1/events`, {
    authorization: `Bearer ${api.server.token}`,
  })
  assert.deepEqual(await reader.next(), { name: 'queues', data: [] })
  await api.post(`${queue}/head/lock?clientKey=one&lockSecs=60&limit=1`)
  await save(api)
  api.server.clock.advance(1000)
  const event = await reader.next()
  assert.deepEqual(names(event!.data), ['crawl'])
  assert.equal(event!.data[0].lockedRequestCount, 1)
  const list = await api.get('/headlock/v1/queues?search=crawl')
  assert.deepEqual(event!.data, list.data.items)
  // Its rates go back to 0.
  const handedOut: number[] = []
  for (let second = 0; second < 15; second++) {
    api.server.clock.advance(1000)
    const turn = (await reader.turn())!
    if (turn.name === heartbeat) continue
    assert.deepEqual(names(turn.data), ['crawl'])
    handedOut.push(turn.data[0].rates.handedOutPerSec)
  }
  assert.deepEqual(handedOut, [0.1, 0])
  const late = await EventReader.open(`${api.server.url}/headlock/v1/events`, {
    authorization: `Bearer ${api.server.token}`,
  })
  assert.deepEqual(await late.next(), { name: 'queues', data: [] })
  reader.disconnect()
  late.disconnect()
})

httpTest('14.8 a stream tells the queues that are deleted, once', async (api) => {
  const [first, second] = [await newQueue(api, 'crawl', 1), await newQueue(api, 'other', 1)]
  const ids = await Promise.all([first, second].map(async (queue) => (await api.get(queue)).data.id))
  api.server.clock.advance(60_000)
  const authorization = `Bearer ${api.server.token}`
  const open = () => EventReader.open(`${api.server.url}/headlock/v1/events`, { authorization })
  const reader = await open()
  assert.deepEqual(await reader.next(), { name: 'queues', data: [] })
  for (const [index, queue] of [first, second].entries()) {
    await api.delete(queue)
    api.server.clock.advance(1000)
    assert.deepEqual(await reader.next(), { name: 'deleted', data: [ids[index]] })
  }
  api.server.clock.advance(1000)
  assert.equal((await reader.turn())?.name, heartbeat)
  const late = await open()
  assert.deepEqual(await late.next(), { name: 'queues', data: [] })
  assert.deepEqual(await late.next(), { name: 'deleted', data: ids.toReversed() })
  reader.disconnect()
  late.disconnect()
})
