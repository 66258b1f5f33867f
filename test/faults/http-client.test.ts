/** What the clients of the rounds must not take for the fault that is played. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { content } from '../../harness/conversation.ts'
import { assertSentWith, HttpClient } from '../../harness/faults/http-client.ts'
import type { Ended } from '../../harness/server-process.ts'
import { HeadlockError } from '../../src/domain/errors.ts'
import type { RequestView } from '../../src/domain/request.ts'

interface Answering {
  readonly answer: RequestListener
  readonly explains503?: boolean
  readonly ended?: Promise<Ended>
}

async function clientOf(t: TestContext, { answer, ...options }: Answering): Promise<HttpClient> {
  const http = createServer(answer).listen(0, '127.0.0.1')
  await once(http, 'listening')
  t.after(() => http.close())
  const { port } = http.address() as AddressInfo
  const { explains503 = false, ended = new Promise<Ended>(() => {}) } = options
  const call = (path: string, { method = 'GET' }: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { Connection: 'close' } })
  const server = () => ({ call, ended })
  return new HttpClient({ clientKey: 'client', queueId: 'queue', token: 'token', explains503, server })
}

const isUnavailable = (error: unknown) =>
  error instanceof HeadlockError && error.errorName === 'storeUnavailable'
const breakOff: RequestListener = (request) => void request.socket.destroy()
const refuse: RequestListener = (_, response) => void response.writeHead(503).end('not now')

test('a 503 counts as a fault, unless a planted fault explains it: then the call can be repeated', async (t) => {
  const plain = await clientOf(t, { answer: refuse })
  await assert.rejects(plain.head(1), (error) => !isUnavailable(error) && /503 not now/.test(String(error)))
  const explained = await clientOf(t, { answer: refuse, explains503: true })
  await assert.rejects(explained.head(1), isUnavailable)
})

test('a call that breaks off is a fault unless its server has ended', async (t) => {
  const living = await clientOf(t, { answer: breakOff, explains503: true })
  await assert.rejects(living.head(1), /broke off, although the server is running/)
  const ended = Promise.resolve<Ended>({ code: null, signal: 'SIGKILL', stdout: '', stderr: '' })
  const gone = await clientOf(t, { answer: breakOff, ended })
  await assert.rejects(gone.head(1), isUnavailable)
})

test('a stored body that differs from the one that was sent is found', () => {
  const url = 'https://example.com/page'
  const view = (text: string): RequestView => ({
    ...content('page', { url, otherFields: `"noRetry":false,"userData":{"text":"${text}"}` }),
    lockByClient: null,
    lockExpiresAt: null,
  })
  assertSentWith(8)(view('pagexxxx'))
  assert.throws(() => assertSentWith(8)(view('pagexxx')), /the body of page/)
  assert.throws(() => assertSentWith(0)(view('pagexxxx')), /the body of page/)
})
