import assert from 'node:assert/strict'
import { type ErrorName, HeadlockError } from '../../src/domain/errors.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import type { RequestView } from '../../src/domain/request.ts'
import type { ServerProcess } from '../server-process.ts'
import type { WorkingClient } from './workers.ts'

interface Added {
  readonly uniqueKey: string
  readonly wasAlreadyPresent: boolean
}

interface LockedAnswer {
  readonly items: readonly { uniqueKey: string; lockExpiresAt: string }[]
}

interface RequestAnswer {
  readonly handledAt?: string
  readonly lockByClient?: string
  readonly lockExpiresAt?: string
}

/** So long after it broke off a call a server may still be seen to live: the system tells of its end a little later. */
const endSeenWithinMs = 10_000

export interface HttpClientOptions {
  readonly clientKey: string
  readonly queueId: string
  readonly token: string
  /** The one to ask now: another one after it was killed, as behind a load balancer. */
  server(): CalledServer | Promise<CalledServer>
  /** Something is done to the store below a server that lives, which may therefore answer 503. */
  readonly explains503: boolean
  /** What it adds is given out before everything else, perhaps before the answer to its add is read. */
  readonly addsForefront?: boolean
  /** What it adds carries so much beside its URL. */
  readonly bodyBytes?: number
}

/** What a client needs of a server process. */
export type CalledServer = Pick<ServerProcess, 'call' | 'ended'>

/** What such a client adds under that key. */
function contentOf(uniqueKey: string, bodyBytes: number) {
  const content = { url: `https://example.com/${uniqueKey}`, uniqueKey }
  return bodyBytes === 0 ? content : { ...content, userData: { text: uniqueKey.padEnd(bodyBytes, 'x') } }
}

/** What is there is what such a client has added. */
export function assertSentWith(bodyBytes: number): (view: RequestView) => void {
  return ({ uniqueKey, url, otherFields }) => {
    const { url: sentUrl, ...sent } = { userData: undefined, ...contentOf(uniqueKey, bodyBytes) }
    assert.equal(url, sentUrl, `the URL of ${uniqueKey}, and the one that was sent`)
    const { userData } = JSON.parse(`{${otherFields}}`) as { userData?: { text: string } }
    const isSame = userData?.text === sent.userData?.text
    assert.ok(isSame, `the body of ${uniqueKey} is not the one that was sent`)
  }
}

/**
 * A client over HTTP. A call that a server broke off because it is gone, and one that it answered with 503 where
 * something explains that, is to it a store that is not available.
 */
export class HttpClient implements WorkingClient {
  readonly #options: HttpClientOptions
  readonly #queuePath: string

  constructor(options: HttpClientOptions) {
    this.#options = options
    this.#queuePath = `/v2/request-queues/${options.queueId}`
  }

  /** One by the call for one, several by the call for several. */
  async add(...keys: string[]): Promise<Added[]> {
    const query = this.#options.addsForefront ? { forefront: 1 } : {}
    const requests = keys.map((uniqueKey) => contentOf(uniqueKey, this.#options.bodyBytes ?? 0))
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
    const { items } = await this.#call<LockedAnswer>('POST', '/head/lock', { lockSecs, limit })
    // The same for all of them; without any it says nothing about anything.
    return { items, lockExpiresAt: Date.parse(items[0]?.lockExpiresAt ?? '') }
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
    const request = { id, uniqueKey: key, url: 'https://example.com/', handledAt: '2030-01-01T00:00:00.000Z' }
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

  async #call<Data>(
    method: string,
    path: string,
    query: Record<string, number>,
    body?: unknown,
  ): Promise<Data> {
    const { clientKey, token } = this.#options
    const parameters = new URLSearchParams({ clientKey })
    for (const [name, value] of Object.entries(query)) parameters.set(name, String(value))
    const url = `${this.#queuePath}${path}?${parameters}`
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
        throw new Error(`${method} ${url} was broken off by a server that lives`, { cause })
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

/** Null: none that a client of these tests can get by what others do. */
function refusalOf(status: number, text: string): ErrorName | null {
  if (status === 403) return 'requestLockedByOther'
  if (status === 404 && text.includes('Request was not found')) return 'requestNotFound'
  if (status === 400 && text.includes('already handled')) return 'requestHandled'
  return null
}
