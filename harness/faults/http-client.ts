import assert from 'node:assert/strict'
import { type ErrorName, HeadlockError } from '../../src/domain/errors.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import type { RequestView } from '../../src/domain/request.ts'
import type { Millis } from '../../src/domain/time.ts'
import type { ServerProcess } from '../server-process.ts'
import type { WorkingClient } from './workers.ts'

interface Added {
  readonly uniqueKey: string
  readonly wasAlreadyPresent: boolean
}

interface LockedAnswer {
  readonly queueHasLockedRequests: boolean
  readonly items: readonly { uniqueKey: string; lockExpiresAt: string }[]
}

interface RequestAnswer {
  readonly handledAt?: string
  readonly lockByClient?: string
  readonly lockExpiresAt?: string
}

/**
 * How long a server may still seem to be running after it broke off a call. The system reports its end a
 * little later.
 */
const endSeenWithinMs = 10_000

export interface HttpClientOptions {
  readonly clientKey: string
  readonly queueId: string
  readonly token: string
  /** The server to call now. After a kill it is another one, as behind a load balancer. */
  server(): CalledServer | Promise<CalledServer>
  /** True when a fault below the store explains answers with status 503. */
  readonly explains503: boolean
  /**
   * The client adds to the forefront, so a request may be handed out before the answer to its add is read.
   */
  readonly addsForefront?: boolean
  /** The URL of the request with that key. Without it: each is on the same host. */
  urlOf?(key: string): string
  /** The size of the data that each added request carries beside its URL. */
  readonly bodyBytes?: number
}

/** The part of a server process that a client needs. */
export type CalledServer = Pick<ServerProcess, 'call' | 'ended'>

/** The content that this client adds under the key. */
function contentOf(uniqueKey: string, bodyBytes: number, url = `https://example.com/${uniqueKey}`) {
  const content = { url, uniqueKey }
  return bodyBytes === 0 ? content : { ...content, userData: { text: uniqueKey.padEnd(bodyBytes, 'x') } }
}

/** Returns a check that a stored request is exactly what such a client has added. */
export function assertSentWith(bodyBytes: number): (view: RequestView) => void {
  return ({ uniqueKey, url, otherFields }) => {
    const { url: sentUrl, ...sent } = { userData: undefined, ...contentOf(uniqueKey, bodyBytes) }
    assert.equal(url, sentUrl, `the URL of ${uniqueKey} is not the one that was sent`)
    const { userData } = JSON.parse(`{${otherFields}}`) as { userData?: { text: string } }
    const isSame = userData?.text === sent.userData?.text
    assert.ok(isSame, `the body of ${uniqueKey} is not the one that was sent`)
  }
}

/**
 * A client over HTTP. It reports `storeUnavailable` for a call that broke off because the server died, and
 * for an answer with status 503 where a fault explains it.
 */
export class HttpClient implements WorkingClient {
  readonly #options: HttpClientOptions
  readonly #queuePath: string

  constructor(options: HttpClientOptions) {
    this.#options = options
    this.#queuePath = `/v2/request-queues/${options.queueId}`
  }

  /** Uses the single call for one key, and the batch call for several. */
  async add(...keys: string[]): Promise<Added[]> {
    const query = this.#options.addsForefront ? { forefront: 1 } : {}
    const { bodyBytes = 0, urlOf } = this.#options
    const requests = keys.map((uniqueKey) => contentOf(uniqueKey, bodyBytes, urlOf?.(uniqueKey)))
    if (requests.length === 1) {
      const answer = await this.#call<Omit<Added, 'uniqueKey'>>('POST', '/requests', query, requests[0])
      return [{ ...answer, uniqueKey: keys[0]! }]
    }
    const answer = await this.#call<{ processedRequests: Added[] }>(
      'POST',
      '/requests/batch',
      query,
      requests,
    )
    return answer.processedRequests
  }

  async head(limit: number) {
    const { items } = await this.#call<{ items: { uniqueKey: string }[] }>('GET', '/head', { limit })
    return items.map(({ uniqueKey }) => uniqueKey)
  }

  async lockHead(lockSecs: number, limit: number) {
    const answer = await this.#call<LockedAnswer>('POST', '/head/lock', { lockSecs, limit })
    const { items, queueHasLockedRequests } = answer
    // All items have the same end of the lock. With no items there is none.
    return { items, lockExpiresAt: Date.parse(items[0]?.lockExpiresAt ?? ''), queueHasLockedRequests }
  }

  async prolong(key: string, lockSecs: number) {
    const path = `/requests/${requestIdOf(key)}/lock`
    const { lockExpiresAt } = await this.#call<{ lockExpiresAt: string }>('PUT', path, { lockSecs })
    return Date.parse(lockExpiresAt)
  }

  async get(key: string) {
    const answer = await this.#call<RequestAnswer>('GET', `/requests/${requestIdOf(key)}`, {})
    const { handledAt, lockByClient = null, lockExpiresAt } = answer
    return {
      handledAt: handledAt === undefined ? null : Date.parse(handledAt),
      lockByClient,
      lockExpiresAt: lockExpiresAt === undefined ? null : Date.parse(lockExpiresAt),
    }
  }

  finish(key: string) {
    const id = requestIdOf(key)
    const url = this.#options.urlOf?.(key) ?? 'https://example.com/'
    const request = { id, uniqueKey: key, url, handledAt: '2030-01-01T00:00:00.000Z' }
    return this.#call<{ requestId: string; wasAlreadyPresent: boolean; wasAlreadyHandled: boolean }>(
      'PUT',
      `/requests/${id}`,
      {},
      request,
    )
  }

  async deleteLock(key: string) {
    await this.#call('DELETE', `/requests/${requestIdOf(key)}/lock`, {})
  }

  async delete(key: string) {
    await this.#call('DELETE', `/requests/${requestIdOf(key)}`, {})
  }

  async unlock() {
    const { unlockedCount } = await this.#call<{ unlockedCount: number }>('POST', '/requests/unlock', {})
    return unlockedCount
  }

  /** Holds the requests of the host back until then (13.8). */
  async coolDown(host: string, until: Millis) {
    const path = `/headlock/v1/queues/${this.#options.queueId}/hosts/${host}/cooldown`
    await this.#request('POST', path, { until: new Date(until).toISOString() })
  }

  #call<Data>(method: string, path: string, query: Record<string, number>, body?: unknown): Promise<Data> {
    const parameters = new URLSearchParams({ clientKey: this.#options.clientKey })
    for (const [name, value] of Object.entries(query)) parameters.set(name, String(value))
    return this.#request(method, `${this.#queuePath}${path}?${parameters}`, body)
  }

  async #request<Data>(method: string, url: string, body?: unknown): Promise<Data> {
    const { token } = this.#options
    const server = await this.#options.server()
    let status: number
    let text: string
    try {
      const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
      const answer = await server.call(url, { ...init, token })
      status = answer.status
      text = await answer.text()
    } catch (cause) {
      if (!(await hasEnded(server))) {
        throw new Error(`${method} ${url} broke off, although the server is running`, { cause })
      }
      throw new HeadlockError('storeUnavailable', { problem: 'the server is gone' }, { cause })
    }
    if (status === 503 && this.#options.explains503) {
      throw new HeadlockError('storeUnavailable', { problem: text })
    }
    const refusal = refusalOf(status, text)
    if (refusal !== null) throw new HeadlockError(refusal)
    if (status >= 300) throw new Error(`${method} ${url}: ${status} ${text}`)
    return (text === '' ? undefined : JSON.parse(text).data) as Data
  }
}

async function hasEnded({ ended }: CalledServer): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const lives = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), endSeenWithinMs)
  })
  try {
    return await Promise.race([ended.then(() => true), lives])
  } finally {
    clearTimeout(timer)
  }
}

/** Null for errors that these clients must never get because of what other clients do. */
function refusalOf(status: number, text: string): ErrorName | null {
  if (status === 403) return 'requestLockedByOther'
  if (status === 404 && text.includes('Request was not found')) return 'requestNotFound'
  if (status === 400 && text.includes('already handled')) return 'requestHandled'
  return null
}
