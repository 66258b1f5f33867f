/**
 * Calls over real HTTP, in a form that is short in tests. Every answer is checked against what /openapi.json
 * declares for that call and status.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer, type TestServer, type TestServerOptions, testThreads } from '../server.ts'
import { ApiPromises } from './api-promises.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; undefined when there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read any part of it
  readonly body: any
  // biome-ignore lint/suspicious/noExplicitAny: the same
  readonly data: any
}

export interface CallOptions {
  readonly token?: string | null
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is. `body` is sent as JSON. */
  readonly raw?: string | Buffer
}

/** For tests that count on the time or the figures of a server since its start. */
export const fromTheBeginning: TestServerOptions = { isNew: true }

/** Registers a test that talks to a server. It ends with a full check of the store. */
export function httpTest(
  name: string,
  body: (api: Caller) => Promise<void>,
  options: TestServerOptions = {},
): void {
  test(name, async () => {
    const server = await startTestServer(options)
    try {
      await body(new Caller(server, await ApiPromises.of(server)))
      assert.deepEqual(await server.store.check(), [])
    } finally {
      await server.close()
    }
  })
}

export class Caller {
  readonly server: TestServer
  readonly #promises: ApiPromises

  constructor(server: TestServer, promises: ApiPromises) {
    this.server = server
    this.#promises = promises
  }

  get(path: string, options?: CallOptions): Promise<Answer> {
    return this.call('GET', path, undefined, options)
  }

  post(path: string, body?: unknown, options?: CallOptions): Promise<Answer> {
    return this.call('POST', path, body, options)
  }

  put(path: string, body?: unknown, options?: CallOptions): Promise<Answer> {
    return this.call('PUT', path, body, options)
  }

  delete(path: string, body?: unknown, options?: CallOptions): Promise<Answer> {
    return this.call('DELETE', path, body, options)
  }

  async call(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<Answer> {
    const { token = this.server.token, raw } = options
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const response = await fetch(`${this.server.url}${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
        // The system spreads connections over the threads. So each call is answered by any of them.
        ...(testThreads > 1 ? { connection: 'close' } : {}),
        ...options.headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type') === 'application/json; charset=utf-8'
    const isPage = response.headers.get('content-type')?.startsWith('text/html') === true
    const isPlain = response.headers.get('content-type')?.startsWith('text/plain; version=') === true
    if (method !== 'HEAD') assert.equal(isJson || isPage || isPlain, text !== '', 'a body has a content type')
    const answer = isJson && text !== '' ? JSON.parse(text) : undefined
    if (!/[?&]method=/.test(path)) this.#promises.check(method, path, response.status, answer)
    assert.ok(
      Number(response.headers.get('x-ratelimit-limit')) > 0,
      'rule 9.7: X-RateLimit-Limit on every answer',
    )
    return { status: response.status, headers: response.headers, text, body: answer, data: answer?.data }
  }

  /** Creates an unnamed queue and returns its path. */
  async queue(): Promise<string> {
    const { data } = await this.post('/v2/request-queues')
    return `/v2/request-queues/${data.id}`
  }

  /** Creates a queue with these requests, in this order. */
  async queueWith(...uniqueKeys: string[]): Promise<string> {
    const queue = await this.queue()
    await this.post(`${queue}/requests/batch?clientKey=filler`, uniqueKeys.map(page))
    return queue
  }

  /** Everything about a queue that a call could change. Reading it changes nothing. */
  async stateOf(queue: string): Promise<unknown> {
    const { store, userId } = this.server
    const { items } = await store.listQueues({
      userId,
      offset: 0,
      limit: 1000,
      desc: false,
      unnamed: true,
      ownership: null,
    })
    const view = items.find(({ id }) => queue.includes(id))
    assert.ok(view, `${queue} is not there`)
    const { accessedAt: _, stats, ...rest } = view
    return {
      ...rest,
      writeCount: stats.writeCount,
      deleteCount: stats.deleteCount,
      bytes: stats.storageBytes,
    }
  }
}

/** A request in the form in which callers send it. */
export function page(uniqueKey: string): { url: string; uniqueKey: string } {
  return { url: `https://example.com/${encodeURIComponent(uniqueKey)}`, uniqueKey }
}

export function keysOf(answer: Answer): string[] {
  return answer.data.items.map((item: { uniqueKey: string }) => item.uniqueKey)
}

/** Asserts that the answer is exactly this error. */
export function assertFailure(answer: Answer, status: number, type: string, message?: RegExp | string): void {
  assert.equal(answer.status, status, answer.text)
  assert.deepEqual(Object.keys(answer.body), ['error'])
  assert.deepEqual(Object.keys(answer.body.error), ['type', 'message'])
  assert.equal(answer.body.error.type, type)
  if (typeof message === 'string') assert.equal(answer.body.error.message, message)
  else if (message !== undefined) assert.match(answer.body.error.message, message)
}
