import { HeadlockError } from '../../src/domain/errors.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import type { ServerProcess } from '../support/server-process.ts'
import type { WorkingClient } from './workers.ts'

interface Answer {
  readonly status: number
  readonly data: unknown
}

/** A client over HTTP. What no server answers, and what one answers with 503, is to it a store that is not available. */
export class HttpClient implements WorkingClient {
  readonly #clientKey: string
  readonly #queuePath: string
  readonly #token: string
  readonly #server: () => ServerProcess

  /** @param server the one to ask: another one after it was killed, as behind a load balancer */
  constructor(clientKey: string, queueId: string, token: string, server: () => ServerProcess) {
    this.#clientKey = clientKey
    this.#queuePath = `/v2/request-queues/${queueId}`
    this.#token = token
    this.#server = server
  }

  async add(...keys: string[]) {
    const requests = keys.map((uniqueKey) => ({ url: 'https://example.com/', uniqueKey }))
    const { data } = await this.#call('POST', '/requests/batch', {}, requests)
    return (data as { processedRequests: { uniqueKey: string; wasAlreadyPresent: boolean }[] })
      .processedRequests
  }

  async lockHead(lockSecs: number, limit: number) {
    const { data } = await this.#call('POST', '/head/lock', { lockSecs, limit })
    return data as { items: { uniqueKey: string }[] }
  }

  async prolong(key: string, lockSecs: number) {
    await this.#call('PUT', `/requests/${requestIdOf(key)}/lock`, { lockSecs })
  }

  async finish(key: string) {
    const id = requestIdOf(key)
    const request = { id, uniqueKey: key, url: 'https://example.com/', handledAt: '2030-01-01T00:00:00.000Z' }
    const { data } = await this.#call('PUT', `/requests/${id}`, {}, request)
    return data as { requestId: string; wasAlreadyPresent: boolean; wasAlreadyHandled: boolean }
  }

  async deleteLock(key: string) {
    await this.#call('DELETE', `/requests/${requestIdOf(key)}/lock`, {})
  }

  async unlock() {
    await this.#call('POST', '/requests/unlock', {})
  }

  async #call(method: string, path: string, query: Record<string, number>, body?: unknown): Promise<Answer> {
    const parameters = new URLSearchParams({ clientKey: this.#clientKey })
    for (const [name, value] of Object.entries(query)) parameters.set(name, String(value))
    const url = `${this.#queuePath}${path}?${parameters}`
    let status: number
    let text: string
    try {
      const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
      const answer = await this.#server().call(url, { ...init, token: this.#token })
      status = answer.status
      text = await answer.text()
    } catch (cause) {
      throw new HeadlockError('storeUnavailable', { problem: 'the server is gone' }, { cause })
    }
    if (status === 503) throw new HeadlockError('storeUnavailable', { problem: text })
    if (status === 403) throw new HeadlockError('requestLockedByOther')
    if (status >= 300) throw new Error(`${method} ${url}: ${status} ${text}`)
    return { status, data: text === '' ? null : JSON.parse(text).data }
  }
}
