import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { pino } from 'pino'
import { startTestServer } from '../../harness/server.ts'
import { withoutTokens } from '../../src/domain/redact.ts'
import { shownPath } from '../../src/http/errors/shown-path.ts'

/** A token that this server makes, and two from outside. */
const tokens = [
  'headlock_Zq3vW8kR2nT7yB5mX1cL9pD4sF6gH0jK2aQx',
  'Vr7-kp_2Lw~9xQ.tB4mZ',
  'q8Zr+Tb/5nWx/2LmP=kd7Yc9Vh=',
]

/** Every way that we know for a token to get into the target of a call that fails. */
const targets = [
  '/nothing?token=TOKEN',
  '/nothing#token=TOKEN',
  '/nothing&token=TOKEN',
  '/nothing;token=TOKEN',
  '/nothing%3Ftoken=TOKEN',
  '/nothing%3ftoken%3dTOKEN',
  '/nothing%253Ftoken%253DTOKEN',
  '/nothing%26token=TOKEN',
  '/nothing%23token=TOKEN',
  '/nothing%3Btoken=TOKEN',
  '/nothing/token=TOKEN',
  '/nothing/token:TOKEN',
  '/nothing/token/TOKEN',
  '/nothing/TOKEN',
  '/TOKEN/nothing',
  '/TOKEN@nothing',
  '/nothing$TOKEN',
  '/nothing,TOKEN',
  '/nothing%20TOKEN',
  '/nothing+Bearer+TOKEN',
  '/Bearer%20TOKEN',
  'http://TOKEN@127.0.0.1/nothing',
  'http://user:TOKEN@127.0.0.1/nothing',
  'http://TOKEN/nothing',
  'http://127.0.0.1/nothing?token=TOKEN',
  'http://127.0.0.1/nothing;token=TOKEN',
  '/v2/request-queues&token=TOKEN',
  '/v2/request-queues/TOKEN/nothing',
  '/v2/request-queues/~x;token=TOKEN/nothing',
  '/v2/request-queues/x/requests/%zz&token=TOKEN',
  '/v2/request-queues/x/requests/TOKEN/nothing',
  '/v2/users/me;token=TOKEN',
  '/health&token=TOKEN',
  '/docs&token=TOKEN',
  '/console/queues/x&token=TOKEN',
  '/console/queues/TOKEN',
  '/v2/request-queues?limit=TOKEN',
  '/v2/request-queues?limit=10;token=TOKEN',
  '/v2/request-queues?limit=10#token=TOKEN',
  '/v2/request-queues?limit=10%26token=TOKEN',
  '/v2/request-queues?limit=10%26token%3DTOKEN',
  '/v2/request-queues?limit=http://TOKEN@host/',
  '/v2/request-queues?desc=Bearer%20TOKEN',
  '/v2/request-queues?method=TOKEN',
  '/v2/request-queues?token=TOKEN&method=token=TOKEN',
]

/** No run of eight characters of a token is in the text: not all of it, and no good part of it. */
function assertWithout(token: string, text: string, what: string): void {
  // Its prefix is no secret.
  const secret = token.replace(/^headlock_/, '')
  for (let at = 0; at + 8 <= secret.length; at++) {
    assert.ok(!text.includes(secret.slice(at, at + 8)), `${what} gave away a part of a token: ${text}`)
  }
}

async function talk(port: number, text: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  let heard = ''
  socket.on('data', (bytes) => {
    heard += bytes
  })
  socket.write(text)
  await once(socket, 'close')
  return heard
}

test('no token comes into the log or into an answer, whatever way it came in the address', async () => {
  let log = ''
  const logger = pino({ level: 'trace' }, { write: (line: string) => (log += line) })
  const server = await startTestServer({ logger })
  try {
    for (const [index, token] of tokens.entries()) {
      for (const target of targets) {
        // A value that does not look like a token is repeated to its sender, because it may be any mistake.
        if (index > 0 && /limit=TOKEN/.test(target)) continue
        for (const method of ['GET', 'PUT', 'PATCH', 'OPTIONS']) {
          const line = `${method} ${target.replaceAll('TOKEN', token)} HTTP/1.1\r\n`
          for (const authorization of ['', `Authorization: Bearer ${server.token}\r\n`]) {
            const call = `${line}Host: 127.0.0.1\r\n${authorization}Connection: close\r\nContent-Length: 0\r\n\r\n`
            assertWithout(token, await talk(server.port, call), `The answer to ${method} ${target}`)
            server.clock.advance(1000)
          }
        }
      }
      assertWithout(token, log, 'The log')
    }
    assert.ok(log.split('"call"').length > targets.length)
  } finally {
    await server.close()
  }
})

test('no token comes out of the headers and the body of a call that is refused', async () => {
  let log = ''
  const logger = pino({ level: 'trace' }, { write: (line: string) => (log += line) })
  const server = await startTestServer({ logger })
  const authorization = `Authorization: Bearer ${server.token}\r\n`
  const json = 'Content-Type: application/json\r\n'
  try {
    for (const token of tokens) {
      const calls = [
        ['Content-Type: token=TOKEN\r\n', 'x'],
        ['Content-Type: Bearer TOKEN\r\n', 'x'],
        [`${json}Content-Encoding: token=TOKEN\r\n`, 'x'],
        [`${json}Content-Encoding: Bearer TOKEN\r\n`, 'x'],
        [`${json}Content-Length: Bearer TOKEN\r\n`, null],
        [`${json}TOKEN TOKEN: x\r\n`, null],
        [json, 'token=TOKEN'],
        [json, '{"token": TOKEN}'],
        [json, 'TOKEN'],
        [json, '"TOKEN'],
        [json, '{"url":"https://TOKEN@example.com/"'],
        [json, '{"name":"token=TOKEN"}'],
        [json, '{"url":"https://TOKEN@example.com:99999/","uniqueKey":"x"}'],
      ] as const
      for (const [headers, body] of calls) {
        for (const path of ['/v2/request-queues/~x/requests', '/v2/request-queues?name=x']) {
          const text = (body ?? '').replaceAll('TOKEN', token)
          const length = body === null ? '' : `Content-Length: ${text.length}\r\n`
          const own = headers.replaceAll('TOKEN', token)
          const call = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${authorization}${own}${length}Connection: close\r\n\r\n${text}`
          assertWithout(token, await talk(server.port, call), `The answer to ${path} with ${headers}${body}`)
        }
      }
      const strange = `GET /v2/request-queues?name=x HTTP/1.1\r\nHost: ${token}@127.0.0.1\r\n${authorization}Connection: close\r\n\r\n`
      assertWithout(token, await talk(server.port, strange), 'The answer to a host with a user')
      const made = strange.replace('GET', 'POST').replace('Connection', 'Content-Length: 0\r\nConnection')
      assertWithout(token, await talk(server.port, made), 'A location')
      assertWithout(token, log, 'The log')
    }
  } finally {
    await server.close()
  }
})

test('paths are shown with 200 characters at most, and as they are when there is nothing in them', () => {
  for (const path of [
    '/',
    '*',
    '/health',
    '/v2/request-queues',
    '/v2/request-queues/AbCdEfGhIjKlMnOpQ/requests/aBcDeFgHiJkLmNo/lock',
    '/v2/request-queues/some.body~my-very-long-name-of-a-queue/head/lock',
    '/v2/request-queues/~my-very-long-name-of-a-queue',
    '/v2/actor-runs/x',
  ]) {
    if (path !== '*') assert.equal(shownPath(path), path)
    if (path !== '*') assert.equal(shownPath(`${path}?limit=1`), path)
  }
  assert.equal(shownPath('/v2/request-queues/me%7Emine'), '/v2/request-queues/me~mine')
  assert.equal(shownPath('http://localhost:4747/v2/users/me?x'), '/v2/users/me')
  assert.equal(shownPath('/a/b%20c'), '/a/b…')
  for (const long of [
    '/x'.repeat(8000),
    `/${'x'.repeat(16_000)}`,
    `/v2/${'~a/'.repeat(5000)}`,
    `/${';'.repeat(9000)}`,
  ]) {
    assert.ok(shownPath(long).length <= 200)
  }
})

test('a line of the log is short, however long the address was', async () => {
  const lines: string[] = []
  const server = await startTestServer({
    logger: pino({ level: 'trace' }, { write: (line: string) => lines.push(line) }),
  })
  try {
    for (const path of [
      '/x'.repeat(7000),
      `/${'x'.repeat(14_000)}`,
      `/v2/request-queues/${'~a/'.repeat(4000)}`,
    ]) {
      const answer = await fetch(server.url + path)
      assert.equal(answer.status, 404)
      assert.ok((await answer.text()).length < 500)
    }
    server.app.server.closeAllConnections()
    await server.store.ping()
    assert.equal(lines.length, 3)
    for (const line of lines) assert.ok(line.length < 500, line)
  } finally {
    await server.close()
  }
})

test('text that is not a token stays as it is in a message', () => {
  for (const text of [
    'the query parameter limit was given "ten"; allowed is a whole number',
    'the body is not valid JSON: Unexpected token in line 1',
    'https://example.com/?page=2',
    'the host is not that of a token',
  ]) {
    assert.equal(withoutTokens(text), text)
  }
})
