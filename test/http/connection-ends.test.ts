import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { pino } from 'pino'
import { AnswerReader } from '../../harness/fuzz/answer-reader.ts'
import { httpTest } from '../../harness/http/caller.ts'
import { HeadlockError } from '../../src/domain/errors.ts'

type Api = Parameters<Parameters<typeof httpTest>[1]>[0]

/** The status of each answer that comes on a connection of its own until the server closes it, and the last body. */
async function answersTo(api: Api, text: string, methods = ['GET', 'GET', 'GET']) {
  const socket = connect({ port: api.server.port, host: '127.0.0.1' })
  socket.write(text)
  return heardOn(socket, methods)
}

async function heardOn(socket: Socket, methods: readonly string[]) {
  const reader = new AnswerReader()
  socket.on('data', (bytes) => reader.push(bytes))
  await once(socket, 'end')
  const answers = methods.map((method) => reader.next(method)).filter((answer) => answer !== null)
  assert.equal(reader.rest.length, 0, 'nothing else came')
  return answers
}

const authorized = (api: Api) => `Host: localhost\r\nAuthorization: Bearer ${api.server.token}\r\n`

// Released by the server's own report that it could not read what came after the call.
let unreadable: Promise<unknown> = Promise.resolve()

for (const [what, rest, status] of [
  ['what is no HTTP', 'NONSENSE\r\n\r\n', 400],
  ['headers without an end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(70_000)}`, 431],
] as const) {
  httpTest(
    `11.6 ${what} does not take the place of the answer to the call before it`,
    async (api) => {
      const queue = await api.queue()
      unreadable = once(api.server.app.server, 'clientError')
      const body = '{"url":"https://example.com/","uniqueKey":"a"}'
      const call = `POST ${queue}/requests HTTP/1.1\r\n${authorized(api)}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
      const answers = await answersTo(api, call + rest)
      assert.deepEqual(
        answers.map((answer) => answer.status),
        [201, status],
      )
      assert.ok(answers[1]!.closes)
      assert.equal((await api.get(queue)).data.totalRequestCount, 1)
    },
    {
      around: (store) => ({
        ...store,
        async addRequests(ask) {
          const added = await store.addRequests(ask)
          await unreadable
          return added
        },
      }),
    },
  )
}

httpTest('9.1 a body that cannot be read to its end: one answer, and the connection ends', async (api) => {
  const queue = await api.queue()
  const before = await api.stateOf(queue)
  const head = `POST ${queue}/requests HTTP/1.1\r\n${authorized(api)}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
  for (const chunks of ['zz\r\n', '5\r\n{"url\r\nzz\r\n', '3\r\nabcdef\r\n']) {
    const answers = await answersTo(api, head + chunks)
    assert.equal(answers.length, 1)
    const [{ status, closes, body }] = answers as [(typeof answers)[number]]
    assert.deepEqual([status, closes], [400, true])
    assert.match(
      body.toString(),
      /"invalid-input","message":"Invalid input: this is not a valid HTTP message/,
    )
  }
  assert.deepEqual(await api.stateOf(queue), before)
  // Nobody reads the body of a call that leads nowhere: it was answered when its body broke.
  const nowhere = await answersTo(api, `POST /nothing HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`)
  assert.equal(nowhere[0]!.status, 404)
})

httpTest('9.1 CONNECT is a method that nothing here has', async (api) => {
  const [answer, ...more] = await answersTo(
    api,
    'CONNECT example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n',
  )
  assert.deepEqual(
    [answer!.status, answer!.headers.get('allow'), answer!.closes, more.length],
    [405, 'OPTIONS', true, 0],
  )
  assert.match(answer!.body.toString(), /"method-not-allowed"/)
})

for (const [when, before, answerCount] of [
  ['at once', '', 0],
  ['when it has the answer', '', 1],
  ['behind another call', 'GET /v2/users/me HTTP/1.1\r\nHost: localhost\r\n\r\n', 2],
] as const) {
  httpTest(`a caller that cuts its connection after CONNECT, ${when}, disturbs nobody`, async (api) => {
    for (let time = 0; time < 10; time++) {
      const socket = connect({ port: api.server.port, host: '127.0.0.1' })
      const [served] = (await once(api.server.app.server, 'connection')) as [Socket]
      const closed = new Promise((resolve) => served.once('close', resolve))
      let heard = ''
      const answered = new Promise<void>((resolve) => {
        socket.on('data', (bytes) => {
          heard += bytes
          if (heard.split('HTTP/1.1').length > answerCount) resolve()
        })
      })
      socket.write(`${before}CONNECT example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      if (answerCount > 0) await answered
      socket.resetAndDestroy()
      await closed
    }
    assert.equal((await api.get('/health')).status, 200)
  })
}

httpTest('a connection that asked for a tunnel is closed with the others', async (api) => {
  const socket = connect({ port: api.server.port, host: '127.0.0.1', allowHalfOpen: true })
  const [served] = (await once(api.server.app.server, 'connection')) as [Socket]
  socket.on('error', () => {})
  socket.write('CONNECT example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(socket, 'data')
  api.server.app.server.closeAllConnections()
  assert.ok(served.destroyed)
  socket.destroy()
})

for (const [what, call] of [
  ['HTTP/1.0', 'GET /v2/users/me HTTP/1.0\r\n'],
  ['a call that closes', 'GET /v2/users/me HTTP/1.1\r\nConnection: close\r\n'],
] as const) {
  httpTest(`11.6 ${what} is answered, whatever comes behind it, and nothing of that is done`, async (api) => {
    const queue = await api.queue()
    const { token } = api.server
    const body = '{"url":"https://example.com/","uniqueKey":"a"}'
    const behind = `POST ${queue}/requests HTTP/1.1\r\n${authorized(api)}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    const first = `${call}Authorization: Bearer ${token}\r\n\r\n`
    for (const rest of [behind, behind.repeat(8), behind.repeat(5000)]) {
      const together = await answersTo(api, first + rest)
      assert.deepEqual(
        together.map(({ status, closes }) => [status, closes]),
        [[200, true]],
      )
      // The server has answered and closed its side, and the caller has not heard it yet.
      const socket = connect({ port: api.server.port, host: '127.0.0.1', allowHalfOpen: true })
      const [served] = (await once(api.server.app.server, 'connection')) as [Socket]
      const answered = once(served, 'finish')
      socket.write(first)
      await answered
      socket.write(rest)
      socket.end(rest)
      const apart = await heardOn(socket, ['GET', 'GET', 'GET'])
      assert.deepEqual(
        apart.map(({ status, closes }) => [status, closes]),
        [[200, true]],
      )
    }
    assert.equal((await api.get(queue)).data.totalRequestCount, 0)
  })
}

httpTest('11.6 a caller that is still sending a refused body gets the answer', async (api) => {
  const queue = await api.queue()
  const length = 64 * 1024 * 1024
  const head = `POST ${queue}/requests HTTP/1.1\r\n${authorized(api)}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`
  const socket = connect({ port: api.server.port, host: '127.0.0.1' })
  const closed = once(socket, 'close')
  socket.write(head + 'x'.repeat(length))
  const answers = await heardOn(socket, ['POST'])
  assert.deepEqual(
    answers.map(({ status, closes }) => [status, closes]),
    [[413, true]],
  )
  assert.deepEqual(await closed, [false], 'all of it was taken')
})

httpTest('a refusal has Connection: close when the caller asked for that', async (api) => {
  const answers = await answersTo(
    api,
    'GET /v2/users/me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  )
  assert.deepEqual([answers[0]!.status, answers[0]!.closes], [401, true])
})

httpTest('9.6 the refusal of a wrong ?method= has a Content-Length, for HTTP/1.0 too', async (api) => {
  const [answer] = await answersTo(api, 'GET /v2/users/me?method=GET HTTP/1.0\r\n\r\n')
  assert.equal(answer!.status, 400)
  assert.equal(Number(answer!.headers.get('content-length')), answer!.body.length)
})

httpTest(
  'a connection that could not be read is cut, also when the caller keeps its end open',
  async (api) => {
    const socket = connect({ port: api.server.port, host: '127.0.0.1', allowHalfOpen: true })
    const [served] = (await once(api.server.app.server, 'connection')) as [Socket]
    const closed = once(served, 'close')
    socket.write('NONSENSE\r\n\r\n')
    assert.equal((await heardOn(socket, ['GET']))[0]!.status, 400)
    assert.equal(socket.writable, true)
    await closed
    socket.destroy()
  },
)

const lines: string[] = []
let returning: (() => void) | undefined

httpTest(
  '4.6 undelivered locks of a deleted queue cause no warning',
  async (api) => {
    const queue = await api.queueWith('a')
    const returned = new Promise<void>((resolve) => {
      returning = resolve
    })
    const client = connect(api.server.port, '127.0.0.1')
    const [served] = (await once(api.server.app.server, 'connection')) as [Socket]
    const gone = once(served, 'end')
    unreadable = gone.then(() => api.delete(queue))
    client.end(`POST ${queue}/head/lock?lockSecs=60 HTTP/1.1\r\n${authorized(api)}Content-Length: 0\r\n\r\n`)
    await returned
    await setImmediate()
    assert.deepEqual(lines, [])
    client.destroy()
  },
  {
    logger: pino({ level: 'error' }, { write: (line: string) => lines.push(line) }),
    around: (store) => ({
      ...store,
      async lockHead(ask) {
        const head = await store.lockHead(ask)
        await unreadable
        return head
      },
      async returnLocks(ask) {
        await assert.rejects(store.returnLocks(ask), HeadlockError)
        returning!()
        throw new HeadlockError('queueNotFound')
      },
    }),
  },
)
