/**
 * What the tests of the official clients start from: a server over real HTTP, the clients pointed at it, and a new
 * queue. Each test has a server of its own and ends with a full check of its store.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApifyApiError, ApifyClient, type RequestQueueClient } from 'apify-client'
import type { ManualClock } from '../../src/store/clock.ts'
import { startTestServer, type TestServer, type TestServerOptions } from './server.ts'

export interface ClientScene {
  readonly url: string
  readonly token: string
  readonly clock: ManualClock
  readonly apify: ApifyClient
  /** An unnamed queue, new and empty. */
  readonly queueId: string
  /** Two clients of that queue, by the client keys `client-a` and `client-b`. */
  readonly a: RequestQueueClient
  readonly b: RequestQueueClient
  /** Another token of the same user. */
  readonly createToken: TestServer['createToken']
}

/** Registers a test that talks to a running server through official clients. */
export function clientTest(
  name: string,
  body: (scene: ClientScene) => Promise<void>,
  options: TestServerOptions = {},
): void {
  test(name, async () => {
    const server = await startTestServer(options)
    try {
      const { url, token, clock, createToken } = server
      const apify = apifyClient({ url, token })
      const { id: queueId } = await apify.requestQueues().getOrCreate()
      const a = apify.requestQueue(queueId, { clientKey: 'client-a' })
      const b = apify.requestQueue(queueId, { clientKey: 'client-b' })
      await body({ url, token, clock, apify, queueId, a, b, createToken })
      assert.deepEqual(await server.store.check(), [])
    } finally {
      await server.close()
    }
  })
}

/**
 * The real client, but for one option: it does not repeat. It would hide a broken connection or an answer with
 * status 500 behind seven more tries; here each fails the test at once.
 */
export function apifyClient({ url, token }: { url: string; token: string }): ApifyClient {
  return new ApifyClient({ baseUrl: url, token, maxRetries: 0 })
}

/** A request as callers give it to the client. */
export function page(uniqueKey: string): { url: string; uniqueKey: string } {
  return { url: `https://example.com/${encodeURIComponent(uniqueKey)}`, uniqueKey }
}

/** `pages(3)` is the pages `1`, `2` and `3`; `pages(3, 'x')` is `x1`, `x2` and `x3`. */
export function pages(count: number, prefix = ''): { url: string; uniqueKey: string }[] {
  return Array.from({ length: count }, (_, index) => page(`${prefix}${index + 1}`))
}

/** The unique keys in their order. */
export function keysOf(items: readonly { uniqueKey: string }[]): string[] {
  return items.map((item) => item.uniqueKey)
}

/** Everything that comes, until there is no more. */
export async function collect<Item>(source: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = []
  for await (const item of source) items.push(item)
  return items
}

/** The client rejects with its own error, of this status and type; gives the error for more questions. */
export async function refusedWith(
  call: Promise<unknown>,
  statusCode: number,
  type: string,
): Promise<ApifyApiError> {
  const error = await call.then(
    (answer) => assert.fail(`a refusal was expected, this came: ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof ApifyApiError, `an ApifyApiError was expected, this came: ${error}`)
  assert.deepEqual({ statusCode: error.statusCode, type: error.type }, { statusCode, type })
  assert.equal(error.attempt, 1)
  return error
}

/** Total, handled and pending, as the queue says. */
export async function countsOf(
  queue: Pick<RequestQueueClient, 'get'>,
): Promise<{ total: number; handled: number; pending: number }> {
  const info = await queue.get()
  assert.ok(info)
  const { totalRequestCount: total, handledRequestCount: handled, pendingRequestCount: pending } = info
  return { total, handled, pending }
}
