/**
 * The Python API client (`apify-client` on PyPI) as the server sees it. Python cannot be installed for these
 * tests, so this file sends the same calls and reads the answers in the same way. `dialects` lists how its
 * versions differ.
 */
import assert from 'node:assert/strict'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import * as model from './python-models.ts'

/** What differs between versions of the client, as far as the server can see it. */
export interface Dialect {
  readonly name: string
  /** How booleans are written in the query. */
  readonly yes: string
  readonly no: string
  /** Whether fields without a value are sent as null. Newer versions leave them out. */
  readonly sendsNulls: boolean
  /** Every body is compressed, however small. */
  readonly encoding: 'gzip' | 'br'
  /** Whether the SDK of that version prolongs the lock of a request before it works on it. */
  readonly prolongs: boolean
  /** How many requests the SDK of that version asks for when it reads the head. */
  headLimit(inProgress: number): number
}

export const dialects: readonly Dialect[] = [
  {
    name: 'client 2',
    yes: '1',
    no: '0',
    sendsNulls: true,
    encoding: 'gzip',
    prolongs: false,
    // The SDK meant `min` here. With `max` it asks for more than there can be.
    headLimit: (inProgress) => Math.max(1000, 200 + inProgress),
  },
  {
    name: 'client 3',
    yes: 'true',
    no: 'false',
    sendsNulls: false,
    encoding: 'br',
    prolongs: true,
    headLimit: (inProgress) => Math.min(1000, 200 + inProgress),
  },
]

type Json = Record<string, unknown>
/** Parameters that are null are left out of the query. */
type Parameters = Record<string, string | number | boolean | null>

/** The exception that Python raises. */
export class PythonApiError extends Error {
  readonly status: number
  readonly type: string

  constructor(status: number, error: { type: string; message: string }) {
    super(error.message)
    this.status = status
    this.type = error.type
  }
}

export class PythonClient {
  readonly dialect: Dialect
  readonly #url: string
  readonly #token: string

  constructor(server: { url: string; token: string }, dialect: Dialect) {
    this.#url = server.url
    this.#token = server.token
    this.dialect = dialect
  }

  async getOrCreate(name: string | null = null): Promise<Json> {
    const data = await this.call('POST', '/v2/request-queues', { name })
    return model.check(model.queue, data)
  }

  async listQueues(parameters: Parameters = {}): Promise<{ items: Json[]; total: number }> {
    const data = await this.call('GET', '/v2/request-queues', parameters)
    return model.check(model.queueList, data)
  }

  /** Null stands for None everywhere in this file. */
  async user(): Promise<Json | null> {
    return orNull(async () => model.check(model.user, await this.call('GET', '/v2/users/me')))
  }

  queue(id: string, clientKey: string | null = null): PythonQueueClient {
    return new PythonQueueClient(this, id, clientKey)
  }

  /** Resolves to the `data` of the answer; undefined when there is no body. */
  async call(method: string, path: string, parameters: Parameters = {}, body?: unknown): Promise<unknown> {
    const { dialect } = this
    const headers: Record<string, string> = {
      Accept: 'application/json, */*',
      'User-Agent': 'ApifyClient/3.0.0 (linux; Python/3.13.1); isAtHome/False',
      Authorization: `Bearer ${this.#token}`,
    }
    const init: RequestInit = { method, headers }
    if (body !== undefined) {
      const text = JSON.stringify(dialect.sendsNulls ? body : withoutNulls(body))
      headers['Content-Type'] = 'application/json'
      headers['Content-Encoding'] = dialect.encoding
      init.body = dialect.encoding === 'gzip' ? gzipSync(text) : brotliCompressSync(text)
    }
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(parameters)) {
      if (value === null) continue
      query.set(name, value === true ? dialect.yes : value === false ? dialect.no : String(value))
    }
    const suffix = query.size > 0 ? `?${query}` : ''
    const response = await fetch(`${this.#url}${path}${suffix}`, init)
    const text = await response.text()
    if (response.status >= 300) throw new PythonApiError(response.status, JSON.parse(text).error)
    return text === '' ? undefined : JSON.parse(text).data
  }
}

export class PythonQueueClient {
  readonly client: PythonClient
  readonly clientKey: string | null
  readonly #path: string

  constructor(client: PythonClient, id: string, clientKey: string | null) {
    this.client = client
    this.clientKey = clientKey
    this.#path = `/v2/request-queues/${id.replaceAll('/', '~')}`
  }

  get(): Promise<model.Queue | null> {
    return orNull(async () => model.check(model.queue, await this.client.call('GET', this.#path)))
  }

  async update(fields: Json): Promise<Json> {
    return model.check(model.queue, await this.client.call('PUT', this.#path, {}, withoutNulls(fields)))
  }

  async delete(): Promise<void> {
    await orNull(() => this.client.call('DELETE', this.#path))
  }

  async listHead(limit: number | null = null): Promise<model.Head> {
    return model.check(model.head, await this.#call('GET', '/head', { limit }))
  }

  /** @param lockSecs a string where the spelling of the number matters */
  async listAndLockHead(lockSecs: number | string, limit: number | null = null): Promise<model.LockedHead> {
    return model.check(model.lockedHead, await this.#call('POST', '/head/lock', { lockSecs, limit }))
  }

  async addRequest(request: Json, forefront: boolean | null = null): Promise<model.Registration> {
    return model.check(model.registration, await this.#call('POST', '/requests', { forefront }, request))
  }

  /** Sends batches of 25, one after the other. */
  async batchAddRequests(requests: readonly Json[], forefront = false): Promise<model.BatchResult> {
    const all: model.BatchResult = { processedRequests: [], unprocessedRequests: [] }
    for (let start = 0; start < requests.length; start += 25) {
      const batch = requests.slice(start, start + 25)
      const data = await this.#call('POST', '/requests/batch', { forefront }, batch)
      const result = model.check(model.batchResult, data)
      all.processedRequests.push(...result.processedRequests)
      all.unprocessedRequests.push(...result.unprocessedRequests)
    }
    return all
  }

  async batchDeleteRequests(requests: readonly Json[]): Promise<{ processedRequests: Json[] }> {
    const data = await this.#call('DELETE', '/requests/batch', {}, requests)
    return model.check(model.deletedBatch, data)
  }

  /** The only call on a queue that is sent without the client key. */
  getRequest(id: string): Promise<model.Request | null> {
    return orNull(async () => {
      return model.check(model.request, await this.client.call('GET', `${this.#path}/requests/${id}`))
    })
  }

  async updateRequest(request: Json, forefront: boolean | null = null): Promise<model.Registration> {
    const path = `/requests/${request['id']}`
    return model.check(model.registration, await this.#call('PUT', path, { forefront }, request))
  }

  async deleteRequest(id: string): Promise<void> {
    await this.#call('DELETE', `/requests/${id}`)
  }

  async prolongRequestLock(
    id: string,
    lockSecs: number,
    forefront: boolean | null = null,
  ): Promise<model.Lock> {
    const data = await this.#call('PUT', `/requests/${id}/lock`, { lockSecs, forefront })
    return model.check(model.lock, data)
  }

  async deleteRequestLock(id: string, forefront: boolean | null = null): Promise<void> {
    await this.#call('DELETE', `/requests/${id}/lock`, { forefront })
  }

  async listRequests(parameters: Parameters = {}): Promise<model.RequestList> {
    return model.check(model.requestList, await this.#call('GET', '/requests', parameters))
  }

  async unlockRequests(): Promise<{ unlockedCount: number }> {
    return model.check(model.unlocked, await this.#call('POST', '/requests/unlock'))
  }

  #call(method: string, path: string, parameters: Parameters = {}, body?: unknown): Promise<unknown> {
    const { clientKey } = this
    return this.client.call(method, this.#path + path, { clientKey, ...parameters }, body)
  }
}

/** Asserts that the call rejects with a PythonApiError of this status and type. */
export async function refusedWith(call: Promise<unknown>, status: number, type: string): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof PythonApiError, `expected a PythonApiError, got ${error}`)
    assert.deepEqual({ status: error.status, type: error.type }, { status, type })
    return true
  })
}

/** The client turns a 404 into None only for certain error types. Every other error is raised. */
async function orNull<Result>(call: () => Promise<Result>): Promise<Result | null> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof PythonApiError)) throw error
    const notFound = ['record-not-found', 'record-or-token-not-found'].includes(error.type)
    if (error.status === 404 && notFound) return null
    throw error
  }
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([, member]) => member !== null)
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutNulls(member)]))
}
