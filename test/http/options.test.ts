import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type Caller, httpTest } from '../../harness/http/caller.ts'

async function answerTo(
  api: Caller,
  line: string,
  more = '',
): Promise<{ status: number; allow: string | undefined; text: string }> {
  const socket = connect({ port: api.server.port, host: '127.0.0.1' })
  let text = ''
  socket.on('data', (bytes) => {
    text += bytes
  })
  const length = more === '' ? 'Content-Length: 0\r\n\r\n' : more
  socket.write(`${line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${length}`)
  await once(socket, 'close')
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])
  return { status, allow: /\r\nallow: ([^\r]*)/i.exec(text)?.[1], text }
}

httpTest(
  '9.9 OPTIONS answers 204 with Allow, however the address is written and whatever comes with it',
  async (api) => {
    for (const [target, allow] of [
      ['*', 'OPTIONS'],
      ['/', 'OPTIONS'],
      ['/v2/users/me', 'OPTIONS,GET'],
      ['/v2/users/me?method=x', 'OPTIONS,GET'],
      ['/v2/users/me?method=POST', 'OPTIONS,GET'],
      ['/v2/users/me?token=x', 'OPTIONS,GET'],
      ['/v2/users/me/?limit=x#y', 'OPTIONS,GET'],
      ['http://localhost/v2/users/me', 'OPTIONS,GET'],
      ['http://localhost:4747/health?x', 'OPTIONS,GET,HEAD'],
      ['http://localhost', 'OPTIONS'],
      ['/v2/request-queues/x%20y', 'OPTIONS,GET,PUT,DELETE'],
      ['/v2/request-queues/%zz', 'OPTIONS'],
      ['/%ff', 'OPTIONS'],
      ['/docs', 'OPTIONS,GET,POST'],
      [`/v2/request-queues/x/requests/${'y'.repeat(10_000)}`, 'OPTIONS,GET,PUT,DELETE'],
    ] as const) {
      const answer = await answerTo(api, `OPTIONS ${target}`)
      assert.deepEqual([answer.status, answer.allow], [204, allow], `${target} ${answer.text}`)
      const body = 'Content-Type: nonsense\r\nContent-Encoding: x\r\nContent-Length: 1\r\n\r\n{'
      const withBody = await answerTo(api, `OPTIONS ${target}`, body)
      assert.deepEqual([withBody.status, withBody.allow], [204, allow], `${target} with a body`)
    }
  },
)

httpTest('9.1 an address that is written as a whole is the same as its path', async (api) => {
  const base = 'http://localhost:4747'
  const authorization = `Authorization: Bearer ${api.server.token}\r\nContent-Length: 0\r\n\r\n`
  assert.equal((await answerTo(api, `GET ${base}/v2/users/me`, authorization)).status, 200)
  const wrongMethod = await answerTo(api, `PUT ${base}/v2/users/me`, authorization)
  assert.deepEqual([wrongMethod.status, wrongMethod.allow], [405, 'OPTIONS,GET'])
  const nowhere = await answerTo(api, `GET ${base}/nothing`, authorization)
  assert.equal(nowhere.status, 404)
  assert.match(nowhere.text, /There is nothing at \/nothing\./)
  assert.equal((await answerTo(api, `DELETE ${base}/v2/request-queues/x/requests/unlock`)).status, 405)
  const page = await answerTo(api, `GET ${base}/docs?token=${api.server.token}`)
  assert.equal(page.status, 303)
  assert.match(page.text, /\r\nlocation: \.\/docs\r\n/i)
})
