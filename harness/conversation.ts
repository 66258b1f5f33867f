/**
 * Helpers that let tests call a store in a short form: `a` and `b` are two clients of one queue, requests go
 * by their unique keys, and times are in seconds.
 */
import assert from 'node:assert/strict'
import { type ErrorName, HeadlockError } from '../src/domain/errors.ts'
import { randomId, requestIdOf } from '../src/domain/identity.ts'
import type { Client } from '../src/domain/lifecycle.ts'
import type { Side } from '../src/domain/order.ts'
import type { QueueView } from '../src/domain/queue.ts'
import type { RequestContent, RequestView } from '../src/domain/request.ts'
import type { Head, LockedHead } from '../src/store/params/head-and-locks.ts'
import type { QueueAddress } from '../src/store/params/queues.ts'
import type { AddedRequest, RequestPage, UpdatedRequest } from '../src/store/params/requests.ts'
import type { Store } from '../src/store/store.ts'

/** The content of a request. Everything but the unique key has a default. */
export function content(uniqueKey: string, changes: Partial<RequestContent> = {}): RequestContent {
  return {
    id: requestIdOf(uniqueKey),
    uniqueKey,
    url: `https://example.com/${encodeURIComponent(uniqueKey.toWellFormed())}`,
    method: 'GET',
    retryCount: 0,
    handledAt: null,
    otherFields: '',
    ...changes,
  }
}

/** Asserts that the call fails with this error of the catalogue. */
export async function refuses(call: Promise<unknown>, errorName: ErrorName): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof HeadlockError, `expected a HeadlockError, got ${error}`)
    assert.equal(error.errorName, errorName)
    return true
  })
}

/** One queue of one user. */
export class TestQueue {
  readonly store: Store
  readonly userId: string
  readonly queue: QueueAddress

  constructor(store: Store, userId: string, queue: QueueAddress) {
    this.store = store
    this.userId = userId
    this.queue = queue
  }

  /** A client of the queue. With a run ID, its token was issued for that run. */
  client(clientKey: string, runId: string | null = null): QueueClient {
    return new QueueClient(this, clientKey, runId)
  }

  /** A caller without a client key: it counts as a new client in every call. */
  anonymous(runId: string | null = null): QueueClient {
    return new QueueClient(this, null, runId)
  }

  view(): Promise<QueueView> {
    return this.store.getQueue({ userId: this.userId, queue: this.queue })
  }

  /** The queue as the list of queues shows it. Reading the list does not count as access to the queue. */
  async viewInList(id: string): Promise<QueueView> {
    const { items } = await this.store.listQueues({
      userId: this.userId,
      offset: 0,
      limit: 1000,
      desc: false,
      unnamed: true,
      ownership: null,
    })
    const found = items.find((view) => view.id === id)
    assert.ok(found, `queue ${id} is not in the list`)
    return found
  }

  get(uniqueKey: string): Promise<RequestView> {
    return this.getById(requestIdOf(uniqueKey))
  }

  getById(requestId: string): Promise<RequestView> {
    return this.store.getRequest({ userId: this.userId, queue: this.queue, requestId })
  }

  /** Total, handled and pending. */
  async counts(): Promise<{ total: number; handled: number; pending: number }> {
    const { totalRequestCount: total, handledRequestCount: handled } = await this.view()
    return { total, handled, pending: total - handled }
  }

  delete(): Promise<void> {
    return this.store.deleteQueue({ userId: this.userId, queue: this.queue })
  }
}

/** One client of a queue. A `key` is a unique key. */
export class QueueClient {
  readonly #queue: TestQueue
  readonly #clientKey: string | null
  readonly #runId: string | null

  constructor(queue: TestQueue, clientKey: string | null, runId: string | null) {
    this.#queue = queue
    this.#clientKey = clientKey
    this.#runId = runId
  }

  get #store(): Store {
    return this.#queue.store
  }

  #params(): { userId: string; queue: QueueAddress; client: Client } {
    const { userId, queue } = this.#queue
    return { userId, queue, client: { clientKey: this.#clientKey ?? randomId(), runId: this.#runId } }
  }

  add(...keys: string[]): Promise<AddedRequest[]> {
    return this.addContents(keys.map((key) => content(key)))
  }

  addForefront(...keys: string[]): Promise<AddedRequest[]> {
    return this.addContents(
      keys.map((key) => content(key)),
      'forefront',
    )
  }

  addContents(requests: RequestContent[], side: Side = 'end'): Promise<AddedRequest[]> {
    return this.#store.addRequests({ ...this.#params(), requests, side })
  }

  listHead(limit = 1000): Promise<Head> {
    return this.#store.listHead({ ...this.#params(), limit })
  }

  /** The keys at the head, in order. */
  async head(limit = 1000): Promise<string[]> {
    return this.#keysAt(await this.listHead(limit))
  }

  lockHead(seconds: number, limit = 25): Promise<LockedHead> {
    return this.#store.lockHead({ ...this.#params(), limit, lockMs: seconds * 1000 })
  }

  /** Locks the head and returns the keys it got, in order. */
  async lock(seconds: number, limit = 25): Promise<string[]> {
    return this.#keysAt(await this.lockHead(seconds, limit))
  }

  /** A head leaves out the texts of long items, so this reads them separately. */
  async #keysAt({ items }: Head): Promise<string[]> {
    const long = items.filter(({ longBytes }) => longBytes !== undefined)
    if (long.length === 0) return keysOf({ items })
    const { userId, queue } = this.#queue
    const requestIds = long.map(({ id }) => id)
    const found = await this.#store.getHeadItems({ userId, queue, requestIds })
    const keys = new Map([...items, ...found].map(({ id, uniqueKey }) => [id, uniqueKey]))
    return items.map(({ id }) => keys.get(id)!)
  }

  /** Undoes locks whose answer was lost. */
  returnLocks(keys: string[], lockExpiresAt: number): Promise<void> {
    const { userId, queue } = this.#queue
    return this.#store.returnLocks({
      userId,
      queue,
      clientKey: this.#clientKey!,
      requestIds: keys.map(requestIdOf),
      lockExpiresAt,
    })
  }

  /** Resolves to the new end of the lock. */
  async prolong(key: string, seconds: number, side?: Side): Promise<number> {
    const requestId = requestIdOf(key)
    const { lockExpiresAt } = await this.#store.prolongLock({
      ...this.#params(),
      requestId,
      lockMs: seconds * 1000,
      side,
    })
    return lockExpiresAt
  }

  deleteLock(key: string, side: Side = 'end'): Promise<void> {
    return this.#store.deleteLock({ ...this.#params(), requestId: requestIdOf(key), side })
  }

  /** Releases all locks of the client and returns how many there were. */
  async unlock(): Promise<number> {
    const { unlockedCount } = await this.#store.unlockRequests({
      ...this.#params(),
      hasClientKey: this.#clientKey !== null,
    })
    return unlockedCount
  }

  update(key: string, changes: Partial<RequestContent> = {}, side: Side = 'end'): Promise<UpdatedRequest> {
    return this.#store.updateRequest({ ...this.#params(), request: content(key, changes), side })
  }

  get(key: string): Promise<RequestView> {
    return this.#queue.get(key)
  }

  /** Marks the request as handled. */
  finish(key: string, handledAt = Date.UTC(2030, 0, 1)): Promise<UpdatedRequest> {
    return this.update(key, { handledAt })
  }

  delete(key: string): Promise<void> {
    return this.#store.deleteRequest({ ...this.#params(), requestId: requestIdOf(key) })
  }

  deleteMany(...keys: string[]): Promise<void> {
    return this.#store.deleteRequests({ ...this.#params(), requestIds: keys.map(requestIdOf) })
  }

  list(
    params: {
      limit?: number
      lengthMax?: number
      afterId?: string | null
      filter?: ('locked' | 'pending')[] | null
    } = {},
  ): Promise<RequestPage> {
    return this.#store.listRequests({
      ...this.#params(),
      limit: 1000,
      afterId: null,
      filter: null,
      ...params,
    })
  }

  /** Reads all requests, page by page. `between` runs after each page but the last. */
  async walk(
    limit: number,
    filter: ('locked' | 'pending')[] | null = null,
    between: (page: number) => Promise<void> = async () => {},
  ): Promise<RequestView[]> {
    const seen: RequestView[] = []
    let afterId: string | null = null
    for (let page = 1; ; page++) {
      const { items, hasMore }: RequestPage = await this.list({ limit, afterId, filter })
      seen.push(...items)
      if (!hasMore) return seen
      afterId = items.at(-1)!.id
      await between(page)
    }
  }
}

/** The unique keys of a head, in order. */
export function keysOf(head: { items: readonly { uniqueKey: string }[] }): string[] {
  return head.items.map((item) => item.uniqueKey)
}
