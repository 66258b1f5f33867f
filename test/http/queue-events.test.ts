import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { assertFailure, type Caller, httpTest, page } from '../../harness/http/caller.ts'
import { EventReader, type ServerEvent } from '../../harness/http/event-reader.ts'
import { HeadlockError } from '../../src/domain/errors.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import type { GetFigures } from '../../src/store/params/figures.ts'
import type { Store } from '../../src/store/store.ts'

/** The path of the same queue below /headlock/v1. */
function ours(queue: string): string {
  return queue.replace('/v2/request-queues/', '/headlock/v1/queues/')
}

function watch({ server }: Caller, queue: string, token = server.token, query = ''): Promise<EventReader> {
  return EventReader.open(`${server.url}${ours(queue)}/events${query}`, { authorization: `Bearer ${token}` })
}

/** Lets a second pass, and waits for what comes then. */
function secondOf({ server }: Caller, reader: EventReader): Promise<ServerEvent | null> {
  server.clock.advance(1000)
  return reader.next()
}

async function nextSecond(api: Caller, reader: EventReader) {
  const event = await secondOf(api, reader)
  assert.equal(event?.name, 'figures')
  return event.data
}

httpTest('14.8 a stream tells each second what was done in it, and the counts as they are', async (api) => {
  const queue = await api.queueWith('a', 'b', 'c')
  const reader = await watch(api, queue)
  assert.equal(reader.response.headers.get('cache-control'), 'no-store')
  const first = await reader.next()
  assert.deepEqual([first!.name, first!.data.pending, first!.data.totalCount], ['figures', 3, 3])
  const seconds = [await nextSecond(api, reader)]
  await api.post(`${queue}/head/lock?clientKey=one&lockSecs=60&limit=2`)
  seconds.push(await nextSecond(api, reader))
  const handled = { ...page('a'), handledAt: '2030-01-01T00:00:00.000Z', errorMessages: ['boom'] }
  await api.put(`${queue}/requests/${requestIdOf('a')}?clientKey=one`, handled)
  await api.delete(`${queue}/requests/${requestIdOf('b')}/lock?clientKey=one`)
  for (let count = 0; count < 4; count++) seconds.push(await nextSecond(api, reader))
  assert.deepEqual(Object.keys(seconds[0]), [
    ...['at', 'added', 'handedOut', 'handled', 'givenBack', 'ranOut', 'failed'],
    ...['pending', 'locked', 'handledCount', 'totalCount'],
  ])
  const times = seconds.map(({ at }) => Date.parse(at) / 1000)
  assert.deepEqual(
    times,
    times.map((_, index) => times[0]! + index),
    'no second is left out',
  )
  const sumOf = (name: string) => seconds.reduce((sum, each) => sum + each[name], 0)
  assert.deepEqual(['handedOut', 'handled', 'givenBack', 'ranOut', 'failed'].map(sumOf), [2, 1, 1, 0, 1])
  const { pending, locked, handledCount, totalCount } = seconds.at(-1)
  assert.deepEqual([pending, locked, handledCount, totalCount], [2, 0, 1, 3])
  reader.disconnect()
})

httpTest('7.2, 7.3 watching needs no right to change anything, and leaves no trace', async (api) => {
  const queue = await api.queueWith('a')
  const { token } = await api.server.createToken({ readOnly: true })
  const before = (await api.get('/v2/request-queues?unnamed=1')).data.items[0]
  const reader = await watch(api, queue, token)
  await reader.next()
  await nextSecond(api, reader)
  assert.deepEqual((await api.get('/v2/request-queues?unnamed=1')).data.items[0], before)
  reader.disconnect()
  assertFailure(await api.get(`${ours(queue)}/events`, { token: null }), 401, 'token-not-provided')
  assertFailure(await api.get('/headlock/v1/queues/~nothing/events'), 404, 'record-not-found')
})

httpTest('15.3 a stream ends when its token is revoked, and others go on', async (api) => {
  const queue = await api.queueWith('a')
  const { token, id } = await api.server.createToken({ readOnly: true })
  const [revoked, other] = [await watch(api, queue, token), await watch(api, queue)]
  await Promise.all([revoked.next(), other.next()])
  await api.server.store.revokeToken({ id })
  // The token is remembered for a second.
  let last = await secondOf(api, revoked)
  while (last?.name === 'figures') last = await secondOf(api, revoked)
  assert.deepEqual([last?.name, last?.data.type], ['end', 'token-not-valid'])
  assert.equal(await revoked.next(), null)
  await nextSecond(api, other)
  other.disconnect()
})

httpTest('a stream ends when its queue is deleted', async (api) => {
  const queue = await api.queueWith('a')
  const reader = await watch(api, queue)
  await reader.next()
  await api.delete(queue)
  const last = await secondOf(api, reader)
  assert.deepEqual([last?.name, last?.data.type], ['end', 'record-not-found'])
  assert.equal(await reader.next(), null)
})

httpTest('streams do not hold up a stop of the server, and end with it', async (api) => {
  const queue = await api.queueWith('a')
  const reader = await watch(api, queue)
  await reader.next()
  const closed = api.server.app.close()
  assert.equal(await reader.next(), null)
  await closed
})

let explained = 0
let isFailing = false
httpTest(
  '14.8, 14.1 a stream tells what explain says when that has changed, and asks once for all who look',
  async (api) => {
    const queue = await api.queueWith('a', 'b')
    const readers = [
      await watch(api, queue, undefined, '?explain=true'),
      await watch(api, queue, undefined, '?explain=true'),
    ]
    const explain = async () => (await api.get(`${ours(queue)}/explain`)).data
    for (const reader of readers) {
      assert.equal((await reader.next())?.name, 'figures')
      assert.deepEqual(await reader.next(), { name: 'explain', data: await explain() })
    }
    explained = 0
    await nextSecond(api, readers[0]!)
    await nextSecond(api, readers[0]!)
    assert.equal(explained, 1, 'it was asked, and not told, as nothing had changed')
    await api.post(`${queue}/head/lock?clientKey=one&lockSecs=60&limit=2`)
    await nextSecond(api, readers[0]!)
    await nextSecond(api, readers[0]!)
    const told = await readers[0]!.next()
    assert.deepEqual([told!.name, told!.data.counts.locked, told!.data.next], ['explain', 2, []])
    assert.deepEqual(told!.data, await explain())
    for (const reader of readers) reader.disconnect()
    const { status } = await api.get(`${ours(queue)}/events?explain=maybe`)
    assert.equal(status, 400)
  },
  {
    around: (store): Store => ({
      ...store,
      explainQueue: (params) => {
        explained++
        return store.explainQueue(params)
      },
    }),
  },
)

httpTest(
  'when explaining fails, the figures go on, and the explanation comes later',
  async (api) => {
    const queue = await api.queueWith('a')
    isFailing = true
    const reader = await watch(api, queue, undefined, '?explain=true')
    await reader.next()
    for (let second = 0; second < 3; second++) await nextSecond(api, reader)
    isFailing = false
    await nextSecond(api, reader)
    assert.deepEqual([(await reader.next())?.name], ['explain'])
    reader.disconnect()
  },
  {
    around: (store): Store => ({
      ...store,
      explainQueue: (params) =>
        isFailing
          ? Promise.reject(new HeadlockError('storeUnavailable', { problem: 'a test said so' }))
          : store.explainQueue(params),
    }),
  },
)

const reads: GetFigures[] = []
httpTest(
  'all streams of a queue share one read a second, and nothing is read when they are gone',
  async (api) => {
    const [queue, another] = [await api.queueWith('a'), await api.queueWith('b')]
    const readers = await Promise.all(Array.from({ length: 20 }, () => watch(api, queue)))
    await Promise.all(readers.map((reader) => reader.next()))
    for (let second = 0; second < 3; second++) {
      reads.length = 0
      api.server.clock.advance(1000)
      for (const event of await Promise.all(readers.map((reader) => reader.next()))) {
        assert.equal(event?.name, 'figures')
      }
      assert.equal(reads.length, 1)
    }
    for (const reader of readers) reader.disconnect()
    const other = await watch(api, another)
    await other.next()
    // The server notices soon that they are gone.
    do {
      reads.length = 0
      await nextSecond(api, other)
    } while (reads.length > 1)
    other.disconnect()
  },
  {
    around: (store): Store => ({
      ...store,
      figures: (params) => {
        reads.push(params)
        return store.figures(params)
      },
    }),
  },
)

httpTest(
  'there is a bound for streams, and room again when one ends',
  async (api) => {
    const queue = await api.queueWith('a')
    const readers = [await watch(api, queue), await watch(api, queue)]
    assertFailure(
      await api.get(`${ours(queue)}/events`),
      503,
      'internal-server-error',
      /2 streams of events are open/,
    )
    readers[0]!.disconnect()
    for (let isFull = true; isFull; ) {
      const answer = await fetch(`${api.server.url}${ours(queue)}/events?token=${api.server.token}`)
      isFull = answer.status === 503
      await answer.body?.cancel()
    }
    readers[1]!.disconnect()
  },
  { streamsMax: 2 },
)

httpTest('a caller that reads nothing and vanishes does not disturb others', async (api) => {
  const queue = await api.queueWith('a')
  const { port, token } = api.server
  const socket = createConnection({ port, host: '127.0.0.1' })
  const cut = once(socket, 'close')
  socket.on('error', () => {})
  socket.write(
    `GET ${ours(queue)}/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  )
  await once(socket, 'data')
  socket.pause()
  const reader = await watch(api, queue)
  await reader.next()
  await nextSecond(api, reader)
  socket.destroy()
  await cut
  await nextSecond(api, reader)
  reader.disconnect()
})
