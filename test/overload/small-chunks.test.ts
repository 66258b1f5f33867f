import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RawConnection } from '../../harness/fuzz/raw-connection.ts'
import { ServerUnderTest } from '../../harness/fuzz/server-under-test.ts'

const callerCount = 100
const timeoutMs = 60_000
/** One byte of the body in six on the line. */
const chunks = Buffer.from('1\r\n \r\n'.repeat(10_000))
const addition = '{"url":"https://example.com/","uniqueKey":"small chunks"}'

test('a body in chunks of one byte uses the memory of its bytes, not of a million chunks', async (t) => {
  const server = await ServerUnderTest.start({ nodeFlags: ['--max-old-space-size=128'] })
  t.after(() => server.kill())
  const head = (method: string, path: string, more: string) =>
    Buffer.from(
      `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${server.token}\r\n${more}\r\n`,
    )
  const say = async (connection: RawConnection, bytes: Buffer): Promise<{ status: number; text: string }> => {
    connection.send(bytes)
    const answer = await connection.answer('POST', timeoutMs)
    assert.ok(answer !== null, server.errors)
    return { status: answer.status, text: answer.body.toString() }
  }
  const made = await say(new RawConnection(server.port), head('POST', '/v2/request-queues', ''))
  const { id } = JSON.parse(made.text).data
  const callers = Array.from({ length: callerCount }, () => new RawConnection(server.port))
  for (const caller of callers) {
    const type = 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n'
    caller.send(head('POST', `/v2/request-queues/${id}/requests`, type))
  }
  for (let round = 0; round < 3; round++) {
    for (const caller of callers) caller.send(chunks)
    // It has read all of it when calls behind it are answered.
    for (let call = 0; call < 3; call++) await say(new RawConnection(server.port), head('GET', '/ready', ''))
  }
  const last = Buffer.from(`${addition.length.toString(16)}\r\n${addition}\r\n0\r\n\r\n`)
  for (const caller of callers) {
    const { status, text } = await say(caller, last)
    assert.ok(status === 201 || status === 200, `${status} ${text}`)
  }
  assert.equal(await server.stop(), '0')
})
