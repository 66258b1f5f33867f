import assert from 'node:assert/strict'
import { RawConnection } from '../../harness/fuzz/raw-connection.ts'
import { httpTest } from '../../harness/http/caller.ts'

const health = Buffer.from('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
const timeoutMs = 20_000

httpTest('9.1 thirty-two pipelined calls of one connection are performed, and no more', async (api) => {
  const connection = new RawConnection(api.server.port)
  connection.send(Buffer.concat(Array.from({ length: 50 }, () => health)))
  for (let number = 1; number <= 32; number++) {
    const answer = await connection.answer('GET', timeoutMs)
    assert.equal(answer?.status, 200, `call ${number}`)
    assert.equal(answer?.closes, false)
  }
  const last = await connection.answer('GET', timeoutMs)
  assert.equal(last?.status, 503)
  assert.ok(last?.closes)
  assert.equal(last?.headers.get('retry-after'), '1')
  assert.match(last.body.toString(), /32 calls on this connection are not answered yet/)
  assert.equal(await connection.answer('GET', timeoutMs), null)
  assert.equal(connection.rest.length, 0)
})

httpTest('9.1 a caller that is always a few calls ahead is served without limit', async (api) => {
  const connection = new RawConnection(api.server.port)
  const ahead = 30
  const callCount = 500
  connection.send(Buffer.concat(Array.from({ length: ahead }, () => health)))
  for (let number = 1; number <= callCount; number++) {
    assert.equal((await connection.answer('GET', timeoutMs))?.status, 200, `call ${number}`)
    if (number <= callCount - ahead) connection.send(health)
  }
  connection.close()
})

httpTest(
  '9.1 thousands of calls in one packet: calls after the first thirty-two are not even parsed',
  async (api) => {
    let read = 0
    api.server.app.server.on('request', () => read++)
    const connection = new RawConnection(api.server.port)
    connection.send(Buffer.concat(Array.from({ length: 2000 }, () => health)))
    let answers = 0
    while ((await connection.answer('GET', timeoutMs)) !== null) answers++
    assert.equal(answers, 33)
    assert.equal(read, 33)
  },
)

httpTest('9.1 the body of a call too many is read, and what was answered before arrives', async (api) => {
  const connection = new RawConnection(api.server.port)
  const bodyBytes = 4_000_000
  connection.stopReading()
  const head = `POST /v2/request-queues HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bodyBytes}\r\n\r\n`
  await connection.sent(
    Buffer.concat([
      ...Array.from({ length: 32 }, () => health),
      Buffer.from(head),
      Buffer.alloc(bodyBytes, 32),
    ]),
  )
  connection.readOn()
  for (let number = 1; number <= 32; number++) {
    assert.equal((await connection.answer('GET', timeoutMs))?.status, 200, `call ${number}`)
  }
  assert.equal((await connection.answer('POST', timeoutMs))?.status, 503)
})
