/** What a stream of events does with a caller that does not read. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { httpTest } from '../../harness/http/caller.ts'
import { EventReader } from '../../harness/http/event-reader.ts'
import type { QueueOverview } from '../../src/store/params/overviews.ts'
import type { Store } from '../../src/store/store.ts'

const mebibyte = 1024 * 1024
/** More than the system keeps for a connection, and 30 events that are skipped. */
const secondsMax = 90

/** A store with a queue whose title is long, and another one each second. So the events of a second are long. */
function withLongEvents(store: Store): Store {
  let reads = 0
  let queues: readonly QueueOverview[] = []
  return {
    ...store,
    async changedOverviews(params) {
      if (queues.length === 0) queues = await store.changedOverviews(params)
      const title = String(++reads).padEnd(mebibyte, 'x')
      return queues.map((queue) => ({ ...queue, title }))
    },
  }
}

httpTest(
  'a caller that does not read is cut, keeps little in memory, and disturbs nobody',
  async (api) => {
    await api.queueWith('a')
    // Saves what was done, so that the queue is among those that have changed.
    assert.deepEqual(await api.server.store.check(), [])
    const { app, port, token, url, clock } = api.server
    const served: Socket[] = []
    app.server.on('connection', (socket: Socket) => served.push(socket))
    const silent = createConnection({ port, host: '127.0.0.1' })
    silent.on('error', () => {})
    silent.write(
      `GET /headlock/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    )
    await once(silent, 'readable')
    const [connection] = served
    const reader = await EventReader.open(`${url}/headlock/v1/events`, { authorization: `Bearer ${token}` })
    await reader.next()
    let seconds = 0
    let keptMax = 0
    while (!connection!.destroyed) {
      assert.ok(++seconds <= secondsMax, 'it is still open')
      clock.advance(1000)
      assert.equal((await reader.next())?.data[0].title.length, mebibyte)
      keptMax = Math.max(keptMax, connection!.writableLength)
    }
    assert.ok(seconds > 30, 'it had time to read')
    assert.ok(keptMax < 2 * mebibyte, `${keptMax} bytes waited`)
    clock.advance(1000)
    assert.equal((await reader.next())?.name, 'queues')
    reader.disconnect()
    silent.destroy()
  },
  { around: withLongEvents },
)
