/**
 * What the tests of the official clients start from: a server over real HTTP, the clients pointed at it, and
 * a new queue. All tests of a file use one server, each as another user, so that none sees the queues of
 * another. Each ends with a full check of the store.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ApifyApiError, ApifyClient, type RequestQueueClient } from 'apify-client'
import { tokenHashOf } from '../src/domain/token.ts'
import type { ManualClock } from '../src/store/clock.ts'
import type { Store } from '../src/store/store.ts'
import { startTestServer, type TestServer, type TestServerOptions } from './server.ts'

export interface ClientScene {
  readonly url: string
  /** Of a user who has no other queue than the one below. */
  readonly token: string
  readonly clock: ManualClock
  readonly apify: ApifyClient
  /** An unnamed queue, new and empty. */
  readonly queueId: string
  /** Two clients of that queue, by the client keys `client-a` and `client-b`. */
  readonly a: RequestQueueClient
  readonly b: RequestQueueClient
  /** Another token of the same user. */
  readonly createToken: CreateToken
}

type CreateToken = (traits?: { readOnly?: boolean; runId?: string }) => Promise<string>

/**
 * Registers a test that talks to a running server through official clients. With options it has a server of
 * its own.
 */
export function clientTest(
  name: string,
  body: (scene: ClientScene) => Promise<void>,
  options?: TestServerOptions,
): void {
  test(name, async () => {
    const server = await (options === undefined ? sharedServer() : startTestServer(options))
    try {
      await body(await newScene(server))
      assert.deepEqual(await server.store.check(), [])
    } finally {
      if (options !== undefined) await server.close()
    }
  })
}

let shared: Promise<TestServer> | null = null

function sharedServer(): Promise<TestServer> {
  shared ??= startTestServer()
  return shared
}

after(async () => {
  await (await shared)?.close()
})

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

/** Gives the way to make tokens of the new user. */
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
 * The real client, but for one option: it does not repeat. It would hide a broken connection or an answer
 * with status 500 behind eight more tries; here each fails the test at once.
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
