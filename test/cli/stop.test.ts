import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { type ServerProcess, startServerProcess, temporaryDirectory } from '../../harness/server-process.ts'

const queue = '/v2/request-queues/~stopping'
/** More than one thread there is on Linux alone. */
const threadCounts = process.platform === 'linux' ? ['1', '3'] : ['1']

async function startWithQueue(
  t: TestContext,
  threads = '1',
): Promise<{ server: ServerProcess; directory: string }> {
  const directory = await temporaryDirectory(t)
  const server = await startServerProcess(t, directory, { flags: ['--threads', threads] })
  await server.call('/v2/request-queues?name=stopping', { method: 'POST' })
  return { server, directory }
}

/** Begins to add a request, and resolves when the server is waiting for the body: the call is in flight. */
async function beginToAdd(server: ServerProcess): Promise<ClientRequest> {
  const call = request(`${server.url}${queue}/requests`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${server.firstToken}`,
      'Content-Type': 'application/json',
      Expect: '100-continue',
    },
  })
  call.flushHeaders()
  await once(call, 'continue')
  return call
}

function bodyOf(uniqueKey: string): string {
  return JSON.stringify({ url: 'https://example.com/', uniqueKey })
}

describe('asked to stop', { concurrency: 4 }, () => {
  for (const [index, signal] of (['SIGTERM', 'SIGINT'] as const).entries()) {
    test(`by ${signal}, the server finishes the call in flight, then ends well`, async (t) => {
      const { server, directory } = await startWithQueue(t, threadCounts[index])
      const call = await beginToAdd(server)
      server.signal(signal)
      await server.hasPrinted(/finishing the calls in flight/)
      call.end(bodyOf('in flight'))
      const [answer] = (await once(call, 'response')) as [IncomingMessage]
      assert.equal(answer.statusCode, 201)
      answer.resume()
      const { code, stdout, stderr } = await server.ended
      assert.equal(code, 0)
      assert.match(stdout, /"msg":"closed"/)
      assert.equal(stderr, '')

      const token = server.firstToken
      const next = await startServerProcess(t, directory)
      const { data } = (await (await next.call(queue, { token })).json()) as {
        data: { totalRequestCount: number }
      }
      assert.equal(data.totalRequestCount, 1)
    })
  }

  test('it finishes an answer that its caller reads slowly', async (t) => {
    const { server } = await startWithQueue(t)
    const userData = { text: 'x'.repeat(8_000_000) }
    const body = JSON.stringify({ url: 'https://example.com/', uniqueKey: 'large', userData })
    await server.call(`${queue}/requests`, { method: 'POST', body })
    const call = request(`${server.url}${queue}/requests`, {
      headers: { Authorization: `Bearer ${server.firstToken}` },
    })
    call.end()
    const [answer] = (await once(call, 'response')) as [IncomingMessage]
    server.signal('SIGTERM')
    await server.hasPrinted(/finishing the calls in flight/)
    // It has to be through with what it does first when it closes.
    await assert.rejects(async () => {
      for (;;) await fetch(`${server.url}/health`)
    })
    let length = 0
    for await (const bytes of answer) length += bytes.length
    assert.equal(length, Number(answer.headers['content-length']))
    assert.equal((await server.ended).code, 0)
  })

  test('it does not wait for idle connections', async (t) => {
    const { server } = await startWithQueue(t)
    // fetch keeps its connections open for more calls.
    await Promise.all(Array.from({ length: 8 }, () => server.call(queue)))
    const askedAt = performance.now()
    const { code } = await server.stop()
    assert.equal(code, 0)
    assert.ok(performance.now() - askedAt < 5000)
  })

  test('twice, it ends at once', async (t) => {
    const { server } = await startWithQueue(t)
    const call = await beginToAdd(server)
    call.on('error', () => {})
    const over = new AbortController()
    const ended = server.ended.finally(() => over.abort())
    server.signal('SIGTERM')
    await server.hasPrinted(/finishing the calls in flight/)
    // Signals within half a second count as one: npm sends every Ctrl-C twice.
    while (!over.signal.aborted) {
      server.signal('SIGTERM')
      await setTimeout(50, undefined, { signal: over.signal }).catch(() => {})
    }
    assert.equal((await ended).code, 128 + 15)
  })

  for (const threads of threadCounts) {
    test(`in the middle of many calls to ${threads} threads, it has kept what it acknowledged`, (t) =>
      stopUnderLoad(t, threads))
  }
})

async function stopUnderLoad(t: TestContext, threads: string): Promise<void> {
  const { server, directory } = await startWithQueue(t, threads)
  const acknowledged = new Set<string>()
  const enough = Promise.withResolvers<void>()
  let attempted = 0

  async function addUntilItEnds(): Promise<void> {
    for (;;) {
      const uniqueKey = `request ${attempted++}`
      try {
        const answer = await server.call(`${queue}/requests`, { method: 'POST', body: bodyOf(uniqueKey) })
        if (answer.status === 201) acknowledged.add(uniqueKey)
      } catch {
        return
      }
      if (acknowledged.size === 300) enough.resolve()
    }
  }
  const adding = Promise.all(Array.from({ length: 16 }, addUntilItEnds))
  await enough.promise
  const { code } = await server.stop()
  await adding
  assert.equal(code, 0)

  const next = await startServerProcess(t, directory)
  const answer = await next.call(`${queue}/requests?limit=10000`, { token: server.firstToken })
  const { data } = (await answer.json()) as { data: { items: { uniqueKey: string }[] } }
  const kept = new Set(data.items.map((item) => item.uniqueKey))
  const lost = [...acknowledged].filter((uniqueKey) => !kept.has(uniqueKey))
  assert.deepEqual(lost, [])
  assert.ok(kept.size <= attempted)
}
