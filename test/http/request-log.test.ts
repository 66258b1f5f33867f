import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { pino } from 'pino'
import { startTestServer, type TestServer } from '../../harness/server.ts'

interface Line {
  readonly level: number
  readonly msg: string
  readonly callId?: string
  readonly method?: string
  readonly path?: string
  readonly status?: number
  readonly tookMs?: number
  readonly leftOut?: number
}

/** A server that logs at this level, and what it logged. */
async function withLog(
  level: string,
  body: (server: TestServer, lines: Line[]) => Promise<void>,
): Promise<void> {
  const lines: Line[] = []
  const target = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  })
  const server = await startTestServer({ logger: pino({ level }, target) })
  try {
    await body(server, lines)
  } finally {
    await server.close()
  }
}

/** The lines of calls are written when the answer is out, which may be after its caller has it. */
async function callLines(server: TestServer, lines: Line[]): Promise<Line[]> {
  server.app.server.closeAllConnections()
  await server.store.ping()
  return lines.filter(({ msg }) => msg === 'call')
}

test('a quiet server logs one line for each call, and never a token', () =>
  withLog('info', async (server, lines) => {
    const { url, token } = server
    await (await fetch(`${url}/v2/users/me?token=${token}&x=secret`)).text()
    await (await fetch(`${url}/nothing`, { headers: { authorization: `Bearer ${token}` } })).text()
    const calls = await callLines(server, lines)
    assert.deepEqual(
      calls.map(({ method, path, status }) => [method, path, status]),
      [
        ['GET', '/v2/users/me', 200],
        ['GET', '/nothing', 404],
      ],
    )
    assert.equal(new Set(calls.map(({ callId }) => callId)).size, 2)
    assert.ok(calls.every(({ tookMs }) => tookMs! > 0))
    assert.doesNotMatch(JSON.stringify(lines), new RegExp(`${token}|secret`))
  }))

test('a call that stands for another method is logged as that one', () =>
  withLog('info', async (server, lines) => {
    const headers = { authorization: `Bearer ${server.token}` }
    for (const init of [{ headers }, { headers, method: 'POST' }]) {
      await (await fetch(`${server.url}/v2/request-queues/x?method=DELETE`, init)).text()
    }
    const calls = await callLines(server, lines)
    assert.deepEqual(
      calls.map(({ method, status }) => [method, status]),
      [
        ['DELETE', 404],
        ['DELETE', 404],
      ],
    )
  }))

test('a busy server logs 20 lines a second, and how many calls it left out', () =>
  withLog('info', async (server, lines) => {
    for (let call = 0; call < 50; call++) await (await fetch(`${server.url}/health`)).text()
    server.clock.advance(1000)
    await (await fetch(`${server.url}/health`)).text()
    assert.equal((await callLines(server, lines)).length, 21)
    assert.deepEqual(
      lines.flatMap(({ leftOut }) => leftOut ?? []),
      [30],
    )
  }))

test('a log level above info leaves them all out', () =>
  withLog('warn', async (server, lines) => {
    await (await fetch(`${server.url}/health`)).text()
    await callLines(server, lines)
    assert.deepEqual(lines, [])
  }))
