/** A canary: what src/http/connection/node-internals.ts leans on, each thing alone. When one of these fails, Node.js has changed. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Server as HttpsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { CallParser, checkedOn, closeBy, closeIdle } from '../../src/http/connection/node-internals.ts'

const offer = 'GET /offer HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'
const plain = 'GET /plain HTTP/1.1\r\nHost: a\r\n\r\n'

const about = `on Node.js ${process.version}; it was last checked on ${checkedOn}. See src/http/connection/node-internals.ts`

const opened: { server: Server; socket: Socket }[] = []

after(() => {
  for (const { server, socket } of opened) {
    socket.destroy()
    server.closeAllConnections()
    server.close()
  }
})

type Serve = (message: IncomingMessage, response: ServerResponse) => void

/** A server of Node's own, a connection to it, and its end at the server. */
async function connection(
  serve: Serve = () => {},
): Promise<{ server: Server; socket: Socket; peer: Socket }> {
  const server = createServer(serve)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  opened.push({ server, socket })
  const [peer] = await accepted
  return { server, socket, peer }
}

test('a socket has a parser with everything that we use', async () => {
  const { socket, peer } = await connection((message, response) => {
    const { parser } = message.socket as unknown as { parser: Record<string, unknown> }
    const { kOnExecute } = parser.constructor as unknown as { kOnExecute: unknown }
    response.end(
      JSON.stringify({
        consumed: parser['_consumed'],
        incoming: parser['incoming'] === message,
        types: [
          typeof parser['onIncoming'],
          typeof parser['execute'],
          typeof parser['getCurrentBuffer'],
          typeof kOnExecute,
          typeof parser[kOnExecute as string],
        ],
      }),
    )
  })
  assert.notEqual(CallParser.of(peer), null, `socket.parser is gone ${about}`)
  socket.write(plain)
  const answer = String((await once(socket, 'data'))[0])
  const expected =
    '{"consumed":true,"incoming":true,"types":["function","function","function","number","function"]}'
  assert.equal(answer.slice(answer.indexOf('\r\n\r\n') + 4), expected, about)
})

test('what parser.onIncoming returns below zero stops the parser, with an error', async () => {
  let calls = 0
  const { server, socket } = await connection((message, response) => {
    calls++
    CallParser.of(message.socket)!.stop()
    response.end()
  })
  const failed = once(server, 'clientError')
  socket.write(plain + plain + plain)
  await failed
  // The call behind it is the one that fails; nothing is made of the third.
  assert.equal(calls, 1, `parser.onIncoming is not asked ${about}`)
})

test('the parser can go on after a call with an upgrade offer, and forgets the offer', async () => {
  const paths: string[] = []
  let parser: CallParser | null = null
  const { server, socket } = await connection()
  const readOn = (parsed: number | Error): number | Error => {
    const packet = parser!.packet
    if (typeof parsed !== 'number' || parsed === packet.length) return parsed
    assert.equal(parsed, offer.length, `the parser does not stop behind an offer ${about}`)
    assert.equal(parser!.isAtTunnel, false, `an offer is taken for a tunnel ${about}`)
    parser!.forgetUpgrade()
    return parsed + (parser!.read(packet.subarray(parsed)) as number)
  }
  server.on('request', (message, response) => {
    paths.push(message.url!)
    if (parser === null) {
      parser = CallParser.of(message.socket)
      assert.equal(parser!.afterEachPacket(readOn), true, `parser[kOnExecute] is not there ${about}`)
    }
    response.end()
  })
  socket.write(offer + plain)
  while (paths.length < 2) {
    const [answer] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [null])])
    if (answer === null) break
  }
  assert.deepEqual(paths, ['/offer', '/plain'], `the call behind an offer was lost ${about}`)
})

test('Node closes a connection after its last answer with destroySoon', async () => {
  const { socket, peer } = await connection((_message, response) => response.end())
  const closed = new Promise<void>((resolve) => closeBy(peer, resolve))
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  await Promise.race([
    closed,
    once(peer, 'close').then(() => assert.fail(`destroySoon was not called ${about}`)),
  ])
})

test('Node closes an idle connection with destroy, and one that is spared stays', async () => {
  const { server, socket, peer } = await connection((_message, response) => response.end())
  socket.write(plain)
  await once(socket, 'data')
  await turn()
  const sending = Object.defineProperty(peer, 'writableLength', { value: 1, configurable: true })
  closeIdle([sending], () => server.closeIdleConnections())
  assert.equal(peer.destroyed, false, `it was closed in another way than by destroy ${about}`)
  closeIdle([], () => server.closeIdleConnections())
  assert.equal(peer.destroyed, true, `it was not idle ${about}`)
})

test('Node takes its listeners from a connection that asks for a tunnel, and those of its end can be kept', async () => {
  const { server, socket, peer } = await connection()
  const own = peer.listeners('close')
  assert.ok(own.length > 0, `Node does not listen for the end of a connection ${about}`)
  const asked = once(server, 'connect')
  socket.write('CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n')
  const [message] = (await asked) as [IncomingMessage]
  assert.equal(message.upgrade, true, `CONNECT is not marked as a tunnel ${about}`)
  const left = peer.listeners('close').filter((listener) => own.includes(listener))
  assert.deepEqual(left, [], `CONNECT leaves the listeners in place ${about}`)
})

test('an HTTPS server of Node has a listener that answers broken handshakes in plain text', () => {
  assert.ok(new HttpsServer().listenerCount('tlsClientError') > 0, about)
})
