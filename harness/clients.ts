/**
 * The setup for tests of the official clients: a server over real HTTP, clients that call it, and a new
 * queue. Each test has a user of its own, and ends with a full check of the store.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApifyApiError, ApifyClient, type RequestQueueClient } from 'apify-client'
import { tokenHashOf } from '../src/domain/token.ts'
import type { ManualClock } from '../src/store/clock.ts'
import type { Store } from '../src/store/store.ts'
import { startTestServer, type TestServer, type TestServerOptions } from './server.ts'

export interface ClientScene {
  readonly url: string
  /** The token of a user who has no queue but the one below. */
  readonly token: string
  readonly clock: ManualClock
  readonly apify: ApifyClient
  /** An unnamed queue, new and empty. */
  readonly queueId: string
  /** Two clients of that queue, with the client keys `client-a` and `client-b`. */
  readonly a: RequestQueueClient
  readonly b: RequestQueueClient
  /** Creates another token of the same user. */
  readonly createToken: CreateToken
}

type CreateToken = (traits?: { readOnly?: boolean; runId?: string }) => Promise<string>

/** Registers a test that talks to a running server through the official clients. */
export function clientTest(
  name: string,
  body: (scene: ClientScene) => Promise<void>,
  options?: TestServerOptions,
): void {
  test(name, async () => {
    const server = await startTestServer(options)
    try {
      await body(await newScene(server))
      assert.deepEqual(await server.store.check(), [])
    } finally {
      await server.close()
    }
  })
}

async function newScene({ url, clock, store }: TestServer): Promise<ClientScene> {
  const createToken = await newUser(store)
  const token = await createToken()
  const apify = apifyClient({ url, token })
  const { id: queueId } = await apify.requestQueues().getOrCreate()
  const a = apify.requestQueue(queueId, { clientKey: 'client-a' })
  const b = apify.requestQueue(queueId, { clientKey: 'client-b' })
  return { url, token, clock, apify, queueId, a, b, createToken }
}

let users = 0

/** Creates a user, and returns a function that creates tokens of that user. */
async function newUser(store: Store): Promise<CreateToken> {
  users += 1
  const username = `user-${users}`
  const { id: userId } = await store.ensureUser({ username })
  let tokens = 0
  return async ({ readOnly = false, runId } = {}) => {
    tokens += 1
    const token = `token-${tokens}-of-${username}`
    const tokenHash = tokenHashOf(token)
    await store.createToken({ userId, tokenHash, label: null, runId: runId ?? null, readOnly })
    return token
  }
}

/**
 * The real client, without its retries. Eight retries would hide a broken connection or an answer with status
 * 500; without them, either fails the test at once.
 */
export function apifyClient({ url, token }: { url: string; token: string }): ApifyClient {
  return new ApifyClient({ baseUrl: url, token, maxRetries: 0 })
}

/** A request in the form that callers pass to the client. */
export function page(uniqueKey: string): { url: string; uniqueKey: string } {
  return { url: `https://example.com/${encodeURIComponent(uniqueKey)}`, uniqueKey }
}

/** `pages(3)` is the pages `1`, `2` and `3`; `pages(3, 'x')` is `x1`, `x2` and `x3`. */
export function pages(count: number, prefix = ''): { url: string; uniqueKey: string }[] {
  return Array.from({ length: count }, (_, index) => page(`${prefix}${index + 1}`))
}

/** The unique keys, in order. */
export function keysOf(items: readonly { uniqueKey: string }[]): string[] {
  return items.map((item) => item.uniqueKey)
}

/** Reads the whole iterable into an array. */
export async function collect<Item>(source: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = []
  for await (const item of source) items.push(item)
  return items
}

/**
 * Asserts that the client rejects with an ApifyApiError of this status and type. Returns the error for
 * further checks.
 */
export async function refusedWith(
  call: Promise<unknown>,
  statusCode: number,
  type: string,
): Promise<ApifyApiError> {
  const error = await call.then(
    (answer) => assert.fail(`expected an error, got ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof ApifyApiError, `expected an ApifyApiError, got ${error}`)
  assert.deepEqual({ statusCode: error.statusCode, type: error.type }, { statusCode, type })
  assert.equal(error.attempt, 1)
  return error
}

/** Total, handled and pending, as the queue reports them. */
export async function countsOf(
  queue: Pick<RequestQueueClient, 'get'>,
): Promise<{ total: number; handled: number; pending: number }> {
  const info = await queue.get()
  assert.ok(info)
  const { totalRequestCount: total, handledRequestCount: handled, pendingRequestCount: pending } = info
  return { total, handled, pending }
}
