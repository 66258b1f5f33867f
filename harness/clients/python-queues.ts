/**
 * The request queues of the Python SDK (`apify` on PyPI), which use its API client: the calls they make, the
 * state they keep, and what they conclude from an answer.
 */
import { requestIdOf } from '../../src/domain/identity.ts'
import { PythonApiError, type PythonQueueClient } from './python-client.ts'
import type { Registration, Request } from './python-models.ts'

/** A request as Crawlee for Python keeps it. None is null. */
export type PythonRequest = Record<string, unknown> & {
  url: string
  uniqueKey: string
  handledAt: string | null
}

export function pythonRequest(uniqueKey: string, fields: Record<string, unknown> = {}): PythonRequest {
  return {
    url: `https://example.com/${uniqueKey}`,
    uniqueKey,
    method: 'GET',
    headers: {},
    payload: null,
    userData: {},
    retryCount: 0,
    noRetry: false,
    loadedUrl: null,
    handledAt: null,
    ...fields,
  }
}

export function pythonRequests(count: number, fields: Record<string, unknown> = {}): PythonRequest[] {
  return Array.from({ length: count }, (_, index) => pythonRequest(String(index + 1), fields))
}

/**
 * `str()` of a Python datetime: a space in the middle, microseconds unless they are 0, and the UTC offset.
 */
export function pythonTime(millis: number, microseconds = 0): string {
  const iso = new Date(millis).toISOString()
  const fraction = Math.round((millis % 1000) * 1000) + microseconds
  const digits = fraction === 0 ? '' : `.${String(fraction).padStart(6, '0')}`
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${digits}+00:00`
}

/** What both modes share: one PUT marks a request as handled, another PUT gives it back. */
class PythonQueue {
  protected readonly api: PythonQueueClient

  constructor(api: PythonQueueClient) {
    this.api = api
  }

  protected async put(request: PythonRequest, forefront: boolean): Promise<Registration> {
    return this.api.updateRequest({ ...request, id: requestIdOf(request.uniqueKey) }, forefront)
  }

  protected async read(id: string): Promise<PythonRequest | null> {
    const stored = await this.api.getRequest(id)
    return stored === null ? null : asCrawlee(stored)
  }
}

/**
 * The default mode, for a queue with one consumer. It takes no locks. It reads the head, which includes the
 * requests that it is working on, and remembers which requests those are.
 */
export class PythonSingleQueue extends PythonQueue {
  readonly #known = new Map<string, PythonRequest>()
  readonly #handled = new Set<string>()
  readonly #inProgress = new Set<string>()
  /** The next request comes first. */
  readonly #head: string[] = []
  #knowsWhatIsThere = false

  async add(requests: readonly PythonRequest[], forefront = false): Promise<number> {
    if (!this.#knowsWhatIsThere) await this.#learnWhatIsThere()
    const fresh: PythonRequest[] = []
    for (const request of requests) {
      const id = requestIdOf(request.uniqueKey)
      if (this.#handled.has(id) || this.#known.has(id)) continue
      fresh.push(request)
      this.#known.set(id, request)
      if (forefront) this.#head.unshift(id)
      else this.#head.push(id)
    }
    if (fresh.length === 0) return 0
    const { processedRequests } = await this.api.batchAddRequests(fresh, forefront)
    return processedRequests.filter((each) => !each.wasAlreadyPresent).length
  }

  async fetch(): Promise<PythonRequest | null> {
    await this.#fillHead()
    for (let id = this.#head.shift(); id !== undefined; id = this.#head.shift()) {
      if (this.#inProgress.has(id) || this.#handled.has(id)) continue
      const request = this.#known.get(id) ?? (await this.read(id))
      if (request === null) continue
      this.#inProgress.add(id)
      return request
    }
    return null
  }

  async markHandled(request: PythonRequest): Promise<Registration> {
    const id = requestIdOf(request.uniqueKey)
    request.handledAt ??= pythonTime(Date.now(), 123)
    this.#handled.add(id)
    this.#inProgress.delete(id)
    this.#known.delete(id)
    return this.put(request, false)
  }

  async reclaim(request: PythonRequest, forefront = false): Promise<Registration> {
    const id = requestIdOf(request.uniqueKey)
    request.handledAt = null
    this.#known.set(id, request)
    this.#inProgress.delete(id)
    this.#handled.delete(id)
    if (forefront) this.#head.unshift(id)
    return this.put(request, forefront)
  }

  async isEmpty(): Promise<boolean> {
    await this.#fillHead()
    return this.#head.length === 0 && this.#inProgress.size === 0
  }

  async #learnWhatIsThere(): Promise<void> {
    const { items } = await this.api.listRequests({ limit: 10_000 })
    for (const stored of items) {
      if (stored.handledAt === undefined) this.#known.set(stored.id, asCrawlee(stored))
      else this.#handled.add(stored.id)
    }
    this.#knowsWhatIsThere = true
  }

  async #fillHead(): Promise<void> {
    if (this.#head.length > 1) return
    const limit = this.api.client.dialect.headLimit(this.#inProgress.size)
    const { items } = await this.api.listHead(limit)
    for (const { id } of items) {
      if (this.#inProgress.has(id) || this.#handled.has(id) || this.#head.includes(id)) continue
      this.#head.push(id)
    }
  }
}

const lockSecs = 180

/**
 * The mode for several consumers. It locks 25 requests at a time, and prolongs the lock of each request that
 * it hands out (newer versions), and reads that request in full. It gives a failed request back with a PUT
 * alone, and never deletes a lock.
 */
export class PythonSharedQueue extends PythonQueue {
  readonly #inProgress = new Set<string>()
  #head: string[] = []
  #looksForForefront = false
  #othersHoldLocks = false

  async add(requests: readonly PythonRequest[], forefront = false): Promise<number> {
    const { processedRequests } = await this.api.batchAddRequests(requests, forefront)
    return processedRequests.filter((each) => !each.wasAlreadyPresent).length
  }

  async fetch(): Promise<PythonRequest | null> {
    if (this.#head.length === 0 || this.#looksForForefront) await this.#lockHead(25)
    const id = this.#head.shift()
    if (id === undefined || this.#inProgress.has(id)) return null
    if (this.api.client.dialect.prolongs && !(await this.#prolong(id))) return null
    const request = await this.read(id)
    if (request === null || request.handledAt !== null) return null
    this.#inProgress.add(id)
    return request
  }

  async markHandled(request: PythonRequest): Promise<Registration> {
    this.#inProgress.delete(requestIdOf(request.uniqueKey))
    request.handledAt ??= pythonTime(Date.now(), 123)
    return this.put(request, false)
  }

  async reclaim(request: PythonRequest, forefront = false): Promise<Registration> {
    this.#inProgress.delete(requestIdOf(request.uniqueKey))
    request.handledAt = null
    const answer = await this.put(request, forefront)
    if (forefront) this.#looksForForefront = true
    return answer
  }

  /** Checks by locking a request, and keeps that request for the next fetch. */
  async isEmpty(): Promise<boolean> {
    if (this.#head.length === 0) await this.#lockHead(1)
    return this.#head.length === 0
  }

  async isFinished(): Promise<boolean> {
    return (await this.isEmpty()) && !this.#othersHoldLocks && this.#inProgress.size === 0
  }

  /** Whether this client still holds the lock. */
  async #prolong(id: string): Promise<boolean> {
    try {
      await this.api.prolongRequestLock(id, lockSecs)
      return true
    } catch (error) {
      if (error instanceof PythonApiError) return false
      throw error
    }
  }

  async #lockHead(limit: number): Promise<void> {
    const held = this.#head
    this.#looksForForefront = false
    const { items, queueHasLockedRequests } = await this.api.listAndLockHead(lockSecs, limit)
    this.#othersHoldLocks = queueHasLockedRequests
    this.#head = [...items.map(({ id }) => id), ...held]
  }
}

/** Turns missing fields back into None. */
function asCrawlee(stored: Request): PythonRequest {
  const { id: _, ...fields } = stored
  return { ...pythonRequest(stored.uniqueKey), ...fields, handledAt: stored.handledAt ?? null }
}
