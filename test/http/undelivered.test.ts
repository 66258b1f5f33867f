import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Caller, httpTest, keysOf, page } from '../../harness/http/caller.ts'
import type { LockedHead, ReturnLocks } from '../../src/store/params/head-and-locks.ts'
import type { Store } from '../../src/store/store.ts'

/**
 * A store of which a test can hold back the answers to `lockHead`, and await what follows from losing them.
 */
class HeldStore {
  /** The calls whose locks are taken, and whose answers wait. */
  readonly #taken = new Signal<() => void>()
  readonly #returned = new Signal<ReturnLocks>()
  holding = true

  around(store: Store): Store {
    return {
      ...store,
      lockHead: async (ask): Promise<LockedHead> => {
        const head = await store.lockHead(ask)
        if (this.holding) await new Promise<void>((release) => this.#taken.send(release))
        return head
      },
      returnLocks: async (ask) => {
        await store.returnLocks(ask)
        this.#returned.send(ask)
      },
    }
  }

  /** Waits until a call has its locks; gives what lets its answer go. */
  taken(): Promise<() => void> {
    return this.#taken.next()
  }

  returned(): Promise<ReturnLocks> {
    return this.#returned.next()
  }
}

/** Passes what is sent to the reader that waits for it, now or later. */
class Signal<Value> {
  readonly #sent: Value[] = []
  readonly #waiting: ((value: Value) => void)[] = []

  send(value: Value): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#sent.push(value)
    else waiting(value)
  }

  async next(): Promise<Value> {
    return this.#sent.length > 0 ? this.#sent.shift()! : new Promise((resolve) => this.#waiting.push(resolve))
  }
}

function undeliveredTest(name: string, body: (api: Caller, held: HeldStore) => Promise<void>): void {
  const held = new HeldStore()
  httpTest(name, (api) => body(api, held), { around: (store) => held.around(store) })
}

/** Sends the call on a connection of its own; gives both ends of it. */
async function lockOnOwnConnection(
  api: Caller,
  queue: string,
  query = '',
): Promise<{ client: Socket; server: Socket }> {
  const client = connect(api.server.port, '127.0.0.1')
  const [server] = (await once(api.server.app.server, 'connection')) as [Socket]
  client.write(
    `POST ${queue}/head/lock?lockSecs=60&clientKey=a${query} HTTP/1.1\r\nHost: localhost\r\n` +
      `Authorization: Bearer ${api.server.token}\r\nContent-Length: 0\r\n\r\n`,
  )
  return { client, server }
}

undeliveredTest(
  '4.6 the connection is gone before the answer is there: the locks are returned',
  async (api, held) => {
    const queue = await api.queueWith('a', 'b', 'c')
    for (const leave of ['destroy', 'resetAndDestroy', 'end'] as const) {
      const { client, server } = await lockOnOwnConnection(api, queue, '&limit=2')
      const release = await held.taken()
      assert.deepEqual(keysOf(await api.get(`${queue}/head`)), ['c'])
      // Not `once` of node:events, which takes the reset for a failure of the test.
      const gone = new Promise((resolve) =>
        server.once(leave === 'resetAndDestroy' ? 'close' : 'end', resolve),
      )
      client[leave]()
      await gone
      release()
      assert.equal((await held.returned()).requestIds.length, 2)
      assert.deepEqual(
        keysOf(await api.get(`${queue}/head`)),
        ['a', 'b', 'c'],
        `after ${leave}, in the order they had`,
      )
      client.destroy()
    }
  },
)

undeliveredTest(
  '4.6 the connection goes while the answer is on its way: the locks are returned',
  async (api, held) => {
    const queue = await api.queue()
    // More than a socket takes at once whose other end does not read.
    await api.post(`${queue}/requests`, {
      ...page('a'),
      url: `https://example.com/${'x'.repeat(9_000_000)}`,
    })
    const { client, server } = await lockOnOwnConnection(api, queue)
    client.pause()
    const release = await held.taken()
    const began = once(client, 'readable')
    release()
    await began
    assert.equal(server.destroyed, false)
    client.destroy()
    assert.equal((await held.returned()).requestIds.length, 1)
    assert.equal((await api.get(`${queue}/head`)).data.items.length, 1)
  },
)

undeliveredTest(
  '4.6 an answer that arrives keeps its locks, also when the connection is closed then',
  async (api, held) => {
    held.holding = false
    const queue = await api.queueWith('a', 'b')
    const { client, server } = await lockOnOwnConnection(api, queue, '&limit=1')
    await once(client, 'data')
    const gone = once(server, 'close')
    client.destroy()
    await gone
    assert.deepEqual(keysOf(await api.get(`${queue}/head`)), ['b'])
    // The next one is returned, and nothing before it was.
    held.holding = true
    const second = await lockOnOwnConnection(api, queue)
    const release = await held.taken()
    const end = once(second.server, 'end')
    second.client.destroy()
    await end
    release()
    const { requestIds } = await held.returned()
    assert.equal(requestIds.length, 1)
    assert.deepEqual(keysOf(await api.get(`${queue}/head`)), ['b'])
  },
)

undeliveredTest('4.6 a queue that was renamed meanwhile gets back its own locks', async (api, held) => {
  const { id } = (await api.post('/v2/request-queues?name=first')).data
  const queue = `/v2/request-queues/${id}`
  await api.post(`${queue}/requests`, page('a'))
  const { client, server } = await lockOnOwnConnection(api, '/v2/request-queues/~first')
  const release = await held.taken()
  await api.put(queue, { name: 'second' })
  const gone = once(server, 'end')
  client.end()
  await gone
  release()
  await held.returned()
  assert.deepEqual(keysOf(await api.get(`${queue}/head`)), ['a'])
  client.destroy()
})
