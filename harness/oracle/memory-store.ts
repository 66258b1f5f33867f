/**
 * The oracle: a store in plain arrays, written to be obviously right and for no other end. It knows the rules from
 * the law alone (it does not call src/domain/lifecycle.ts or order.ts), takes every list it needs by filtering and
 * sorting, counts by counting, and lets locks run out by looking at each of them at the start of every call.
 * No method awaits anything between its first line and its last, so each is one atomic step; unlock is as many as it takes.
 */
import { setImmediate as turn } from 'node:timers/promises'
import type { Caller } from '../../src/domain/caller.ts'
import { HeadlockError } from '../../src/domain/errors.ts'
import { randomId } from '../../src/domain/identity.ts'
import type { Client } from '../../src/domain/lifecycle.ts'
import type { Side } from '../../src/domain/order.ts'
import { type GeneralAccess, isQueueName, type QueueView } from '../../src/domain/queue.ts'
import {
  type HeadItem,
  type RequestContent,
  type RequestView,
  storedBytes,
} from '../../src/domain/request.ts'
import type { Millis } from '../../src/domain/time.ts'
import type { ClockSource } from '../../src/store/clock.ts'
import type * as ask from '../../src/store/store.ts'
import { StoreClock } from '../../src/store/store-clock.ts'

/** Where an unhandled request stands: its side, since when, and a number that only grows, for equal moments. */
interface Place {
  readonly side: Side
  readonly since: Millis
  readonly sequence: number
}

interface LiveLock {
  readonly holder: Client
  readonly expiresAt: Millis
}

export interface StoredRequest {
  content: RequestContent
  /** Null when handled. Stays what it was while the request is locked. */
  place: Place | null
  /** Only while alive; `#letLocksRunOut` sees to that. */
  lock: LiveLock | null
  /** Whose lock ran out, as long as nobody else took the request and it was not given back. */
  lastHolder: Client | null
}

export interface StoredQueue {
  readonly id: string
  readonly ownerId: string
  name: string | null
  title: string | null
  generalAccess: GeneralAccess | null
  readonly createdAt: Millis
  modifiedAt: Millis
  accessedAt: Millis
  clientKeys: string[]
  writeCount: number
  readCount: number
  deleteCount: number
  headItemReadCount: number
  lastSequence: number
  requests: StoredRequest[]
}

export class MemoryStore implements ask.Store {
  readonly #clock: StoreClock
  readonly #locksPerStep: number
  #closed = false
  #users: ask.User[] = []
  #tokens: (ask.Token & { tokenHash: string })[] = []
  /** In the order in which they were created. */
  #queues: StoredQueue[] = []

  /** @param locksPerStep so many does an unlock release before others get their turn */
  constructor(clock: ClockSource, locksPerStep = 1000) {
    this.#clock = new StoreClock(clock, 0)
    this.#locksPerStep = locksPerStep
  }

  // Queues

  async listQueues(ask: ask.ListQueues): Promise<ask.QueuePage> {
    this.#begin()
    let found = this.#queues.filter((queue) => queue.ownerId === ask.userId)
    if (!ask.unnamed) found = found.filter((queue) => queue.name !== null)
    if (ask.ownership === 'sharedWithMe') found = []
    // The sort is stable: queues of one millisecond stay in the order of their creation.
    found.sort((a, b) => a.createdAt - b.createdAt)
    if (ask.desc) found.reverse()
    const page = found.slice(ask.offset, ask.offset + ask.limit)
    return { total: found.length, items: page.map((queue) => this.#viewOfQueue(queue)) }
  }

  async getOrCreateQueue(ask: ask.GetOrCreateQueue): Promise<{ queue: QueueView; created: boolean }> {
    const now = this.#begin()
    if (ask.name !== null) {
      if (!isQueueName(ask.name)) throw new HeadlockError('queueNameInvalid')
      const existing = this.#queueNamed(ask.userId, ask.name)
      if (existing !== undefined) {
        existing.accessedAt = now
        return { queue: this.#viewOfQueue(existing), created: false }
      }
    }
    const queue: StoredQueue = {
      id: randomId(),
      ownerId: ask.userId,
      name: ask.name,
      title: ask.title ?? null,
      generalAccess: ask.generalAccess ?? null,
      createdAt: now,
      modifiedAt: now,
      accessedAt: now,
      clientKeys: [],
      writeCount: 0,
      readCount: 0,
      deleteCount: 0,
      headItemReadCount: 0,
      lastSequence: 0,
      requests: [],
    }
    this.#queues.push(queue)
    return { queue: this.#viewOfQueue(queue), created: true }
  }

  async getQueue(ask: ask.QueueParams): Promise<QueueView> {
    const now = this.#begin()
    const queue = this.#queueOf(ask)
    queue.accessedAt = now
    return this.#viewOfQueue(queue)
  }

  async lookAtQueue(ask: ask.QueueParams): Promise<ask.QueueLook> {
    const lookedAt = this.#begin()
    return { queue: this.#viewOfQueue(this.#queueOf(ask)), lookedAt }
  }

  async findQueueId(ask: ask.QueueParams): Promise<string | null> {
    this.#begin()
    return this.#queueAt(ask)?.id ?? null
  }

  async updateQueue(ask: ask.UpdateQueue): Promise<QueueView> {
    const now = this.#begin()
    const queue = this.#queueOf(ask)
    if (typeof ask.name === 'string') {
      if (!isQueueName(ask.name)) throw new HeadlockError('queueNameInvalid')
      const owner = this.#queueNamed(queue.ownerId, ask.name)
      if (owner !== undefined && owner !== queue) {
        throw new HeadlockError('queueNameNotUnique', { name: ask.name })
      }
    }
    if (ask.name !== undefined) queue.name = ask.name
    if (ask.title !== undefined) queue.title = ask.title
    if (ask.generalAccess !== undefined) queue.generalAccess = ask.generalAccess
    queue.accessedAt = now
    return this.#viewOfQueue(queue)
  }

  async deleteQueue(ask: ask.QueueParams): Promise<void> {
    this.#begin()
    const queue = this.#queueOf(ask)
    this.#queues = this.#queues.filter((other) => other !== queue)
  }

  // Requests

  async addRequests(ask: ask.AddRequests): Promise<ask.AddedRequest[]> {
    const now = this.#begin()
    const queue = this.#queueOf(ask)
    touch(queue, ask.client, now)
    return ask.requests.map((content) => {
      const present = queue.requests.find((request) => request.content.id === content.id)
      if (present === undefined) add(queue, content, ask.side, now)
      return {
        requestId: content.id,
        uniqueKey: content.uniqueKey,
        wasAlreadyPresent: present !== undefined,
        wasAlreadyHandled: present !== undefined && present.content.handledAt !== null,
      }
    })
  }

  async getRequest(ask: ask.GetRequest): Promise<RequestView> {
    const now = this.#begin()
    const queue = this.#queueOf(ask)
    const request = requestOf(queue, ask.requestId)
    const longBytes = storedBytes(request.content)
    if (longBytes > (ask.bytesMax ?? Number.POSITIVE_INFINITY)) {
      return { ...viewOfRequest(request), uniqueKey: '', url: '', otherFields: '', longBytes }
    }
    queue.accessedAt = now
    queue.readCount += 1
    return viewOfRequest(request)
  }

  async updateRequest(ask: ask.UpdateRequest): Promise<ask.UpdatedRequest> {
    const now = this.#begin()
    const queue = this.#queueOf(ask)
    touch(queue, ask.client, now)
    const requestId = ask.request.id
    const request = queue.requests.find((request) => request.content.id === requestId)
    if (request === undefined) {
      add(queue, ask.request, ask.side, now)
      return { requestId, wasAlreadyPresent: false, wasAlreadyHandled: false }
    }

    const wasAlreadyHandled = request.content.handledAt !== null
    request.content = ask.request
    queue.writeCount += 1
    queue.modifiedAt = now
    if (ask.request.handledAt !== null) {
      // Handled, whoever held it (6.2, 6.8).
      request.place = null
      request.lock = null
      request.lastHolder = null
    } else if (request.lock !== null && !mayActFor(ask.client, request.lock.holder)) {
      // Somebody else is at work on it: nothing but the data changes (6.4).
    } else {
      // It was handled (6.3), the caller gives it back, or nobody held it (6.4).
      request.place = newPlace(queue, ask.side, now)
      request.lock = null
      // One that gives it back cannot take it back; another's update does not rob the last holder of that.
      if (request.lastHolder !== null && mayActFor(ask.client, request.lastHolder)) request.lastHolder = null
    }
    return { requestId, wasAlreadyPresent: true, wasAlreadyHandled }
  }

  async deleteRequest(ask: ask.RequestParams & ask.ClientParams): Promise<void> {
    const now = this.#begin()
    const queue = this.#queueOf(ask)
    requestOf(queue, ask.requestId)
    touch(queue, ask.client, now)
    remove(queue, ask.requestId, now)
  }

  async deleteRequests(ask: ask.DeleteRequests): Promise<void> {
    const now = this.#begin()
    const queue = this.#queueOf(ask)
    touch(queue, ask.client, now)
    for (const requestId of ask.requestIds) remove(queue, requestId, now)
  }

  async listRequests(ask: ask.ListRequests): Promise<ask.RequestPage> {
    const now = this.#begin()
    const queue = this.#queueOf(ask)
    if (ask.client !== null) touch(queue, ask.client, now)
    let found = [...queue.requests].sort((a, b) => (a.content.id < b.content.id ? -1 : 1))
    const { afterId, filter } = ask
    if (afterId !== null) found = found.filter((request) => request.content.id > afterId)
    if (filter !== null) {
      found = found.filter((request) => {
        if (request.content.handledAt !== null) return false
        return filter.includes(request.lock === null ? 'pending' : 'locked')
      })
    }
    const page = shortened(found.slice(0, ask.limit), ask.lengthMax ?? Number.POSITIVE_INFINITY)
    if (ask.client !== null) queue.readCount += page.length
    return { items: page.map(viewOfRequest), hasMore: found.length > page.length }
  }

  async getHeadItems(ask: ask.GetHeadItems): Promise<HeadItem[]> {
    this.#begin()
    const there = this.#queueOf(ask).requests.filter(({ content }) => ask.requestIds.includes(content.id))
    return there.map((request) => headItemOf(request, ask.bytesMax ?? Number.POSITIVE_INFINITY))
  }

  async lookAtRequests(ask: ask.LookAtRequests): Promise<ask.RequestsLook> {
    this.#begin()
    const queue = this.#queueOf(ask)
    const found = locked(queue)
    const looks = found.slice(0, ask.lockedMax).map(({ content, lock }) => {
      return { id: content.id, clientKey: lock!.holder.clientKey, lockExpiresAt: lock!.expiresAt, content }
    })
    looks.sort((a, b) =>
      a.clientKey === b.clientKey ? a.lockExpiresAt - b.lockExpiresAt : a.clientKey < b.clientKey ? -1 : 1,
    )
    return {
      locked: looks.map(({ content, ...look }, index) =>
        index < ask.lockedShownMax ? { ...look, url: shownUrl(content) } : look,
      ),
      hasMoreLocked: found.length > ask.lockedMax,
      next: available(queue)
        .slice(0, ask.nextMax)
        .map(({ content }) => {
          return { url: shownUrl(content), method: content.method, retryCount: content.retryCount }
        }),
    }
  }

  // Head and locks

  async listHead(ask: ask.ListHead): Promise<ask.Head> {
    const now = this.#begin()
    const queue = this.#queueOf(ask)
    const first = thatFit(available(queue).slice(0, ask.limit), 4_000_000, ({ content }) => {
      return content.uniqueKey.length + content.url.length
    })
    if (ask.client !== null) {
      touch(queue, ask.client, now)
      queue.headItemReadCount += first.length
    }
    return headAnswer(queue, first)
  }

  async lockHead(ask: ask.LockHead): Promise<ask.LockedHead> {
    const now = this.#begin()
    const queue = this.#queueOf(ask)
    touch(queue, ask.client, now)
    const lockExpiresAt = now + ask.lockMs
    const taken = thatFit(available(queue).slice(0, ask.limit), 8_000_000, ({ content }) =>
      storedBytes(content),
    )
    queue.headItemReadCount += taken.length
    for (const request of taken) {
      request.lock = { holder: ask.client, expiresAt: lockExpiresAt }
      request.lastHolder = null
      queue.writeCount += 1
      queue.modifiedAt = now
    }
    return { ...headAnswer(queue, taken), queueHasLockedRequests: locked(queue).length > 0, lockExpiresAt }
  }

  async returnLocks(ask: ask.ReturnLocks): Promise<void> {
    const now = this.#begin()
    const queue = this.#queueOf(ask)
    queue.accessedAt = now
    for (const request of locked(queue)) {
      if (!ask.requestIds.includes(request.content.id)) continue
      if (request.lock?.holder.clientKey !== ask.clientKey) continue
      if (request.lock.expiresAt !== ask.lockExpiresAt) continue
      request.lock = null
      queue.modifiedAt = now
    }
  }

  async prolongLock(ask: ask.ProlongLock): Promise<{ lockExpiresAt: Millis }> {
    const now = this.#begin()
    const queue = this.#queueOf(ask)
    const request = requestOf(queue, ask.requestId)
    if (request.place === null) throw new HeadlockError('requestHandled')
    if (request.lock !== null) {
      if (!mayActFor(ask.client, request.lock.holder)) throw new HeadlockError('requestLockedByOther')
    } else {
      const takesBack = request.lastHolder !== null && mayActFor(ask.client, request.lastHolder)
      if (!takesBack) throw new HeadlockError('lockNotHeld')
    }

    touch(queue, ask.client, now)
    const lockExpiresAt = now + ask.lockMs
    // A lock stays with the client that took it; one that had run out belongs to the client that takes it back.
    const holder = request.lock === null ? ask.client : request.lock.holder
    request.lock = { holder, expiresAt: lockExpiresAt }
    request.lastHolder = null
    if (ask.side !== undefined && ask.side !== request.place.side) {
      request.place = newPlace(queue, ask.side, now)
    }
    queue.modifiedAt = now
    return { lockExpiresAt }
  }

  async deleteLock(ask: ask.DeleteLock): Promise<void> {
    const now = this.#begin()
    const queue = this.#queueOf(ask)
    const request = requestOf(queue, ask.requestId)
    if (request.place === null) throw new HeadlockError('requestHandled')
    if (request.lock !== null && !mayActFor(ask.client, request.lock.holder)) {
      throw new HeadlockError('requestLockedByOther')
    }
    touch(queue, ask.client, now)
    if (request.lock === null) return
    request.lock = null
    request.place = newPlace(queue, ask.side, now)
    queue.modifiedAt = now
  }

  async unlockRequests(ask: ask.UnlockRequests): Promise<{ unlockedCount: number }> {
    this.#begin()
    // What is unlocked is what is held now, and still held when its turn comes.
    const held = locked(this.#queueOf(ask)).filter((request) => isForUnlock(ask, request))
    const toRelease = asTheyCame(held)
    let unlockedCount = 0
    do {
      // What is under way when the store is closed comes to its end.
      const now = this.#moment()
      const queue = this.#queueOf(ask)
      touch(queue, ask.client, now)
      for (const request of toRelease.splice(0, this.#locksPerStep)) {
        if (!queue.requests.includes(request) || !isForUnlock(ask, request)) continue
        request.place = newPlace(queue, request.place!.side, now)
        request.lock = null
        queue.modifiedAt = now
        unlockedCount++
      }
      if (toRelease.length > 0) await turn()
    } while (toRelease.length > 0)
    return { unlockedCount }
  }

  // Users and tokens

  async ensureUser(ask: { username: string }): Promise<ask.User> {
    const now = this.#begin()
    const existing = this.#users.find((user) => user.username === ask.username)
    if (existing !== undefined) return existing
    const user = { id: randomId(), username: ask.username, createdAt: now }
    this.#users.push(user)
    return user
  }

  async findUser(ask: { username: string }): Promise<ask.User | null> {
    this.#begin()
    return this.#users.find((user) => user.username === ask.username) ?? null
  }

  async createToken(ask: ask.NewToken): Promise<ask.Token> {
    const now = this.#begin()
    const token = { id: randomId(), ...ask, createdAt: now }
    this.#tokens.push(token)
    return withoutHash(token)
  }

  async listTokens(): Promise<ask.Token[]> {
    this.#begin()
    return this.#tokens.map(withoutHash)
  }

  async revokeToken(ask: { id: string }): Promise<boolean> {
    this.#begin()
    const before = this.#tokens.length
    this.#tokens = this.#tokens.filter((token) => token.id !== ask.id)
    return this.#tokens.length < before
  }

  async findCaller(ask: { tokenHash: string }): Promise<Caller | null> {
    this.#begin()
    const token = this.#tokens.find((token) => token.tokenHash === ask.tokenHash)
    if (token === undefined) return null
    const user = this.#users.find((user) => user.id === token.userId)!
    return {
      tokenId: token.id,
      userId: user.id,
      username: user.username,
      runId: token.runId,
      readOnly: token.readOnly,
    }
  }

  // Upkeep

  async expireQueues(ask: { retentionMs: Millis }): Promise<number> {
    const now = this.#begin()
    const before = this.#queues.length
    this.#queues = this.#queues.filter(
      (queue) => queue.name !== null || now < queue.accessedAt + ask.retentionMs,
    )
    return before - this.#queues.length
  }

  async check(): Promise<string[]> {
    this.#begin()
    const problems: string[] = []
    for (const { id, requests } of this.#queues) {
      const keys = requests.map((request) => request.content.uniqueKey)
      if (new Set(keys).size !== keys.length) problems.push(`queue ${id}: a unique key is there twice`)
      for (const { content, place, lock, lastHolder } of requests) {
        const handled = content.handledAt !== null
        if (handled !== (place === null))
          problems.push(`${content.uniqueKey}: handled with a place, or neither`)
        if (handled && lock !== null) problems.push(`${content.uniqueKey}: handled and locked`)
        if (lock !== null && lastHolder !== null)
          problems.push(`${content.uniqueKey}: a holder and a last one`)
      }
    }
    return problems
  }

  async ping(): Promise<void> {
    this.#begin()
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  // For a test that has to know what else a queue may hold

  /** The queue as the store has it: it changes with every call, and `copyOf` what must not. */
  storedQueue(queueId: string): StoredQueue | undefined {
    return this.#queues.find((queue) => queue.id === queueId)
  }

  /** In place of the one with its ID, if that is there. */
  replaceQueue(other: StoredQueue): void {
    this.#queues = this.#queues.map((queue) => (queue.id === other.id ? other : queue))
  }

  // Helpers that need the whole store

  /** The first line of every call: the moment that decides everything in it. */
  #begin(): Millis {
    if (this.#closed) throw new HeadlockError('storeUnavailable', { problem: 'it is closed' })
    return this.#moment()
  }

  #moment(): Millis {
    const now = this.#clock.now()
    for (const queue of this.#queues) letLocksRunOut(queue, now)
    return now
  }

  /** A queue of somebody else is not there either. */
  #queueOf(ask: ask.QueueParams): StoredQueue {
    const found = this.#queueAt(ask)
    if (found === undefined) throw new HeadlockError('queueNotFound')
    return found
  }

  #queueAt({ userId, queue: address }: ask.QueueParams): StoredQueue | undefined {
    if ('queueId' in address) {
      return this.#queues.find((queue) => queue.ownerId === userId && queue.id === address.queueId)
    }
    const ownName = this.#users.find((user) => user.id === userId)?.username
    const isOwn = address.ownerName === null || address.ownerName === ownName
    return isOwn ? this.#queueNamed(userId, address.queueName) : undefined
  }

  #queueNamed(ownerId: string, name: string): StoredQueue | undefined {
    return this.#queues.find(
      (queue) => queue.ownerId === ownerId && queue.name?.toLowerCase() === name.toLowerCase(),
    )
  }

  #viewOfQueue(queue: StoredQueue): QueueView {
    const { id, ownerId, name, title, generalAccess, createdAt, modifiedAt, accessedAt, requests } = queue
    const { writeCount, readCount, deleteCount, headItemReadCount } = queue
    let storageBytes = 0
    for (const request of requests) storageBytes += storedBytes(request.content)
    return {
      id,
      ownerId,
      ownerName: this.#users.find((user) => user.id === ownerId)!.username,
      name,
      title,
      generalAccess,
      createdAt,
      modifiedAt,
      accessedAt,
      totalRequestCount: requests.length,
      handledRequestCount: requests.filter((request) => request.content.handledAt !== null).length,
      hadMultipleClients: queue.clientKeys.length > 1,
      stats: { writeCount, readCount, deleteCount, headItemReadCount, storageBytes },
    }
  }
}

/** An expired lock is no lock: the request has been available since the lock's end, on the side it had (3.3, 3.6). */
function letLocksRunOut(queue: StoredQueue, now: Millis): void {
  for (const request of queue.requests) {
    if (request.lock === null || now < request.lock.expiresAt) continue
    request.place = { ...request.place!, since: request.lock.expiresAt }
    request.lastHolder = request.lock.holder
    request.lock = null
  }
}

/** A call of a client that has succeeded (7.2, 7.3). */
function touch(queue: StoredQueue, client: Client, now: Millis): void {
  queue.accessedAt = now
  if (!queue.clientKeys.includes(client.clientKey)) queue.clientKeys.push(client.clientKey)
}

/** The holder itself, or a client of the same run (5.1). */
function mayActFor(client: Client, holder: Client): boolean {
  if (client.clientKey === holder.clientKey) return true
  return client.runId !== null && client.runId === holder.runId
}

function requestOf(queue: StoredQueue, requestId: string): StoredRequest {
  const request = queue.requests.find((request) => request.content.id === requestId)
  if (request === undefined) throw new HeadlockError('requestNotFound')
  return request
}

function add(queue: StoredQueue, content: RequestContent, side: Side, now: Millis): void {
  const place = content.handledAt === null ? newPlace(queue, side, now) : null
  queue.requests.push({ content, place, lock: null, lastHolder: null })
  queue.writeCount += 1
  queue.modifiedAt = now
}

/** Deletes it if it is there. */
function remove(queue: StoredQueue, requestId: string, now: Millis): void {
  const index = queue.requests.findIndex((request) => request.content.id === requestId)
  if (index === -1) return
  queue.requests.splice(index, 1)
  queue.deleteCount += 1
  queue.modifiedAt = now
}

function newPlace(queue: StoredQueue, side: Side, now: Millis): Place {
  queue.lastSequence += 1
  return { side, since: now, sequence: queue.lastSequence }
}

function locked(queue: StoredQueue): StoredRequest[] {
  return queue.requests.filter((request) => request.lock !== null)
}

/** What can be handed out, first things first. */
function available(queue: StoredQueue): StoredRequest[] {
  return inOrder(queue.requests.filter((request) => request.place !== null && request.lock === null))
}

/** So many of the first ones as have no more than `most` together, but one in any case. */
function thatFit(
  requests: StoredRequest[],
  most: number,
  sizeOf: (request: StoredRequest) => number,
): StoredRequest[] {
  const fitting: StoredRequest[] = []
  let sum = 0
  for (const request of requests) {
    sum += sizeOf(request)
    if (sum > most && fitting.length > 0) break
    fitting.push(request)
  }
  return fitting
}

/** The live lock is the client key's, or the run's (5.4). */
function isForUnlock({ client, hasClientKey }: ask.UnlockRequests, { lock }: StoredRequest): boolean {
  if (lock === null) return false
  if (hasClientKey && lock.holder.clientKey === client.clientKey) return true
  return client.runId !== null && lock.holder.runId === client.runId
}

/** What has its place for longest first, whichever side it is on. */
function asTheyCame(requests: StoredRequest[]): StoredRequest[] {
  return [...requests].sort((a, b) => {
    if (a.place!.since !== b.place!.since) return a.place!.since - b.place!.since
    return a.place!.sequence - b.place!.sequence
  })
}

/** The forefront as a stack, what came last first; then the rest as it came. */
function inOrder(requests: StoredRequest[]): StoredRequest[] {
  const sorted = asTheyCame(requests)
  const forefront = sorted.filter((request) => request.place!.side === 'forefront')
  const end = sorted.filter((request) => request.place!.side === 'end')
  return [...forefront.reverse(), ...end]
}

function headAnswer(queue: StoredQueue, requests: StoredRequest[]): ask.Head {
  return {
    items: requests.map((request) => headItemOf(request)),
    queueModifiedAt: queue.modifiedAt,
    hadMultipleClients: queue.clientKeys.length > 1,
  }
}

function headItemOf({ content }: StoredRequest, bytesMax = 2560): HeadItem {
  const { id, uniqueKey, url, method, retryCount } = content
  const bytes = Buffer.byteLength(uniqueKey) + Buffer.byteLength(url)
  if (bytes > bytesMax) return { id, uniqueKey: '', url: '', method, retryCount, longBytes: bytes }
  return { id, uniqueKey, url, method, retryCount }
}

function viewOfRequest({ content, lock }: StoredRequest): RequestView {
  const { id, uniqueKey, url, method, retryCount, handledAt, otherFields } = content
  return {
    id,
    uniqueKey,
    url,
    method,
    retryCount,
    handledAt,
    otherFields,
    lockExpiresAt: lock === null ? null : lock.expiresAt,
    lockByClient: lock === null ? null : lock.holder.clientKey,
  }
}

function withoutHash({ id, userId, label, runId, readOnly, createdAt }: ask.Token): ask.Token {
  return { id, userId, label, runId, readOnly, createdAt }
}

/** As many of the first as are not longer than that together, and one at least. */
function shortened(requests: StoredRequest[], lengthMax: number): StoredRequest[] {
  let length = 0
  const tooMany = requests.findIndex(({ content: { uniqueKey, url, otherFields } }, index) => {
    length += uniqueKey.length + url.length + otherFields.length
    return length > lengthMax && index > 0
  })
  return tooMany === -1 ? requests : requests.slice(0, tooMany)
}

function shownUrl({ uniqueKey, url }: RequestContent): ask.ShownUrl {
  const bytes = Buffer.byteLength(url)
  const isRead = Buffer.byteLength(uniqueKey) + bytes <= 65_536
  return { text: isRead ? [...url].slice(0, 301).join('') : null, bytes }
}
