/** What is promised of connections, on connections with TLS: they end in their own ways. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { one } from '../../harness/certificates.ts'
import { AnswerReader } from '../../harness/fuzz/answer-reader.ts'
import { startTestServer, type TestServer } from '../../harness/server.ts'
import type { Store } from '../../src/store/store.ts'

function tlsTest(
  name: string,
  body: (server: TestServer) => Promise<void>,
  around?: (store: Store) => Store,
): void {
  test(name, async () => {
    const server = await startTestServer({ tls: one, ...(around === undefined ? {} : { around }) })
    try {
      await body(server)
      assert.deepEqual(await server.store.check(), [])
    } finally {
      await server.close()
    }
  })
}

async function open({ port }: TestServer): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', ca: one.cert })
  await once(socket, 'secureConnect')
  return socket
}

/** The statuses of all answers until the server closes the connection. */
async function statusesOn(socket: TLSSocket, methods: readonly string[]): Promise<number[]> {
  const reader = new AnswerReader()
  socket.on('data', (bytes) => reader.push(bytes))
  await once(socket, 'end')
  const answers = methods.map((method) => reader.next(method)).filter((answer) => answer !== null)
  assert.equal(reader.rest.length, 0, 'nothing else came')
  return answers.map(({ status }) => status)
}

const call = ({ token }: TestServer, path: string, headers = '') =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${headers}\r\n`

tlsTest('calls that came before what is no HTTP are answered, then the connection ends', async (server) => {
  const socket = await open(server)
  socket.write(`${call(server, '/v2/users/me')}${call(server, '/nothing')}NONSENSE\r\n\r\n`)
  assert.deepEqual(await statusesOn(socket, ['GET', 'GET', 'GET']), [200, 404, 400])
})

tlsTest('a tunnel is refused with an answer', async (server) => {
  const socket = await open(server)
  socket.write('CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n')
  assert.deepEqual(await statusesOn(socket, ['GET']), [405])
})

tlsTest('an offer of another protocol is ignored, and the connection kept', async (server) => {
  const socket = await open(server)
  const offer = call(
    server,
    '/v2/users/me',
    'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n',
  )
  socket.write(offer + offer + call(server, '/health', 'Connection: close\r\n'))
  assert.deepEqual(await statusesOn(socket, ['GET', 'GET', 'GET']), [200, 200, 200])
})

const locked = Promise.withResolvers<void>()
const gone = Promise.withResolvers<void>()
const returned = Promise.withResolvers<readonly string[]>()

tlsTest(
  '4.6 locks are given back when the caller goes away before their answer',
  async (server) => {
    const body = '{"url":"https://example.com/","uniqueKey":"a"}'
    const { store, userId, token } = server
    await store.getOrCreateQueue({ userId, name: 'a' })
    const post = (path: string, headers: string) =>
      `POST /v2/request-queues/~a${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${headers}\r\n`
    const adding = await open(server)
    const bodyHeaders = `Connection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n`
    adding.write(post('/requests', bodyHeaders) + body)
    assert.deepEqual(await statusesOn(adding, ['POST']), [201])

    const accepted = once(server.app.server, 'secureConnection')
    const locking = await open(server)
    const [serverSide] = (await accepted) as [TLSSocket]
    const closed = once(serverSide, 'close')
    locking.write(post('/head/lock?lockSecs=60', 'Content-Length: 0\r\n'))
    await locked.promise
    locking.destroy()
    await closed
    gone.resolve()
    assert.equal((await returned.promise).length, 1)
  },
  (store): Store => ({
    ...store,
    async lockHead(ask) {
      const head = await store.lockHead(ask)
      locked.resolve()
      await gone.promise
      return head
    },
    async returnLocks(ask) {
      await store.returnLocks(ask)
      returned.resolve(ask.requestIds)
    },
  }),
)
