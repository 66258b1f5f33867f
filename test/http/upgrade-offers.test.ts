import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { AnswerReader } from '../../harness/fuzz/answer-reader.ts'
import { type Caller, httpTest, page } from '../../harness/http/caller.ts'

/** What Java's default client sends with every call, and what a browser sends for a web socket. */
const offers = {
  h2c: 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n',
  websocket:
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
  none: '',
} as const

/** A connection that stays open, for writing calls and reading answers. */
class Conversation {
  readonly socket: Socket
  readonly #reader = new AnswerReader()
  readonly #head: string

  constructor(api: Caller) {
    this.socket = connect({ port: api.server.port, host: '127.0.0.1', noDelay: true })
    this.socket.on('data', (bytes) => this.#reader.push(bytes))
    this.#head = `Host: localhost\r\nAuthorization: Bearer ${api.server.token}\r\n`
  }

  get(path: string, offer: string): string {
    return `GET ${path} HTTP/1.1\r\n${this.#head}${offer}\r\n`
  }

  post(path: string, offer: string, body: unknown): string {
    const text = JSON.stringify(body)
    const type = `Content-Type: application/json\r\nContent-Length: ${text.length}\r\n`
    return `POST ${path} HTTP/1.1\r\n${this.#head}${offer}${type}\r\n${text}`
  }

  chunkedPost(path: string, offer: string, body: unknown): string {
    const text = JSON.stringify(body)
    const type = 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n'
    return `POST ${path} HTTP/1.1\r\n${this.#head}${offer}${type}\r\n${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`
  }

  async answer() {
    for (;;) {
      const answer = this.#reader.next('GET')
      if (answer !== null) return answer
      await once(this.socket, 'data')
    }
  }
}

for (const [what, offer] of Object.entries(offers)) {
  httpTest(`an offer (${what}) is ignored: the connection goes on, call after call`, async (api) => {
    const queue = await api.queue()
    const talk = new Conversation(api)
    let accepted = 0
    api.server.app.server.on('connection', () => accepted++)
    for (let call = 0; call < 66; call++) {
      const path = `${queue}/requests`
      const calls = [
        talk.get(queue, offer),
        talk.post(path, offer, page(`a-${call}`)),
        talk.chunkedPost(path, offer, page(`b-${call}`)),
      ]
      talk.socket.write(calls[call % 3]!)
      const { status, closes } = await talk.answer()
      assert.deepEqual([status, closes], [call % 3 === 0 ? 200 : 201, false])
    }
    assert.equal(accepted, 1)
    assert.equal((await api.get(queue)).data.totalRequestCount, 44)
    talk.socket.destroy()
  })

  httpTest(
    `calls behind an offer (${what}) in the same packet are done and answered, in order`,
    async (api) => {
      const queue = await api.queue()
      const path = `${queue}/requests`
      const talk = new Conversation(api)
      const calls = [
        talk.get('/health', offer),
        talk.post(path, offer, page('a')),
        talk.get('/nothing', offer),
        talk.get(queue, ''),
        talk.chunkedPost(path, offer, page('b')),
        talk.post(path, '', page('c')),
        talk.get(queue, offer),
      ]
      const statuses = [200, 201, 404, 200, 201, 201, 200]
      const whole = Buffer.from(calls.join(''))
      // In one packet, and in two that are cut anywhere.
      for (const cut of [
        0,
        ...Array.from({ length: 60 }, (_, step) => Math.floor((whole.length * step) / 60)),
      ]) {
        const seen = once(api.server.app.server, 'request')
        talk.socket.write(whole.subarray(0, cut))
        if (cut > 400) await seen
        talk.socket.write(whole.subarray(cut))
        for (const status of statuses) {
          const answer = await talk.answer()
          assert.deepEqual([answer.status, answer.closes], [status, false])
        }
      }
      assert.equal((await api.get(queue)).data.totalRequestCount, 3)
      talk.socket.destroy()
    },
  )
}

httpTest('after an offer, an invalid call is refused as usual, and the connection ends', async (api) => {
  const refusals = {
    'NONSENSE\r\n\r\n': 400,
    'CONNECT example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n': 405,
    [`GET /${'x'.repeat(70_000)} HTTP/1.1\r\n\r\n`]: 431,
  }
  for (const [rest, status] of Object.entries(refusals)) {
    for (const isApart of [false, true]) {
      const talk = new Conversation(api)
      talk.socket.write(talk.get('/v2/users/me', offers.h2c) + (isApart ? '' : rest))
      const first = await talk.answer()
      assert.deepEqual([first.status, first.closes], [200, false])
      if (isApart) talk.socket.write(rest)
      const last = await talk.answer()
      assert.deepEqual([last.status, last.closes], [status, true])
      talk.socket.destroy()
    }
  }
})

httpTest('after an offer, at most 32 calls wait for their answers too', async (api) => {
  const talk = new Conversation(api)
  const call = talk.get('/v2/users/me', offers.h2c)
  talk.socket.write(call.repeat(500))
  const statuses: number[] = []
  for (;;) {
    const { status, closes } = await talk.answer()
    statuses.push(status)
    if (closes) break
  }
  assert.equal(statuses.at(-1), 503)
  assert.ok(statuses.length <= 34, `${statuses.length} answers`)
  talk.socket.destroy()
})

httpTest('the caller of an offer that wants its connection closed gets that', async (api) => {
  const talk = new Conversation(api)
  const offer = offers.h2c.replace('Connection: ', 'Connection: close, ')
  talk.socket.write(talk.get('/v2/users/me', offer))
  const { status, closes } = await talk.answer()
  assert.deepEqual([status, closes], [200, true])
  talk.socket.destroy()
})

httpTest(
  'answers that are taken slowly hold back the calls behind an offer, and none is lost',
  async (api) => {
    const queue = await api.queue()
    const large = { ...page('large'), userData: { text: 'x'.repeat(2_000_000) } }
    const { data } = await api.post(`${queue}/requests`, large)
    const talk = new Conversation(api)
    const call = talk.get(`${queue}/requests/${data.requestId}`, offers.h2c)
    talk.socket.pause()
    talk.socket.write(call.repeat(20))
    await once(api.server.app.server, 'request')
    talk.socket.write(call.repeat(5))
    talk.socket.resume()
    for (let answers = 0; answers < 25; answers++) {
      const { status, closes, body } = await talk.answer()
      assert.deepEqual([status, closes, body.length > 2_000_000], [200, false, true])
    }
    talk.socket.destroy()
  },
)

httpTest(
  '9.1 a body behind an offer that cannot be read: one answer, and the connection ends',
  async (api) => {
    const queue = await api.queue()
    for (const chunks of ['zz\r\n', '5\r\n{"url\r\nzz\r\n']) {
      const talk = new Conversation(api)
      const call = talk.chunkedPost(`${queue}/requests`, offers.h2c, page('a'))
      talk.socket.write(call.slice(0, call.indexOf('\r\n\r\n') + 4) + chunks)
      const { status, closes } = await talk.answer()
      assert.deepEqual([status, closes], [400, true])
      talk.socket.destroy()
    }
  },
)
