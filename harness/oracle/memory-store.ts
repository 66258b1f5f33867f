/**
 * The oracle: a store in plain arrays that is written to be obviously correct, and for nothing else. It
 * follows the rules of docs/semantics.md alone and does not call src/domain/lifecycle.ts or order.ts. It
 * makes every list by filtering and sorting, counts by counting, and expires locks by examining each of them
 * at the start of every call. No method awaits anything between its first and its last line, so each is one
 * atomic step. Only unlock takes several.
 *
 * The file is long because it has every method of a store. The rules on one queue are in stored-queue.ts.
 */
import { setImmediate as turn } from 'node:timers/promises'
import type { Caller, QueueUser } from '../../src/domain/caller.ts'
import { HeadlockError } from '../../src/domain/errors.ts'
import type { RequestHistory } from '../../src/domain/history/history.ts'
import { randomId } from '../../src/domain/identity.ts'
import { emptyPolicy } from '../../src/domain/policy/policy.ts'
import { isQueueName, type QueueView } from '../../src/domain/queue.ts'
import { type HeadItem, type RequestView, storedBytes } from '../../src/domain/request.ts'
import type { Millis } from '../../src/domain/time.ts'
import type { ClockSource } from '../../src/store/clock.ts'
import type { NewToken, Token, User } from '../../src/store/params/accounts.ts'
import type { ClientParams } from '../../src/store/params/clients.ts'
import type {
  FigureSteps,
  Figures,
  GetFigures,
  QueueFigures,
  Series,
} from '../../src/store/params/figures.ts'
import type {
  DeleteLock,
  GetHeadItems,
  Head,
  ListHead,
  LockedHead,
  LockHead,
  ProlongLock,
  ReturnLocks,
  UnlockRequests,
} from '../../src/store/params/head-and-locks.ts'
import type {
  ClientPage,
  Explanation,
  FailureList,
  FindRequests,
  FoundPage,
  FoundRequest,
  HostPage,
  ListClients,
  ListFailures,
  ListHosts,
} from '../../src/store/params/insight.ts'
import type {
  ActionOutcome,
  ActOnRequests,
  ForkedQueue,
  ForkQueue,
  JobView,
} from '../../src/store/params/jobs.ts'
import type {
  ChangedOverviews,
  ListOverviews,
  OverviewPage,
  QueueOverview,
} from '../../src/store/params/overviews.ts'
import type { CooldownView, DeletePolicy, PolicyView, PutPolicy } from '../../src/store/params/policies.ts'
import type {
  GetOrCreateQueue,
  InspectedQueue,
  ListQueues,
  QueuePage,
  QueueParams,
  UpdateQueue,
} from '../../src/store/params/queues.ts'
import type {
  AddedRequest,
  AddRequests,
  DeleteRequests,
  GetRequest,
  InspectRequests,
  ListRequests,
  RequestPage,
  RequestParams,
  RequestsOverview,
  UpdatedRequest,
  UpdateRequest,
} from '../../src/store/params/requests.ts'
import type { QueueCounts, RecentQueues, StoreState } from '../../src/store/params/state.ts'
import type { EndWatch } from '../../src/store/params/waiting.ts'
import type { Store } from '../../src/store/store.ts'
import { StoreClock } from '../../src/store/store-clock.ts'
import { Accounts } from './accounts.ts'
import { act, copyAll } from './action-rules.ts'
import { headItemOf, urlPreview, viewOfQueue, viewOfRequest } from './answers.ts'
import { clients } from './client-records.ts'
import { Coverage } from './coverage.ts'
import { FigureLog } from './figure-log.ts'
import { historyView } from './history.ts'
import { failures, hosts } from './insight-lists.ts'
import { explain, findRequests, foundRequest } from './insight-rules.ts'
import * as lockRules from './lock-rules.ts'
import { momentsAhead } from './moments.ts'
import { inOrder, overview, sortValue } from './overviews.ts'
import { coolDown, endCooldown, replacePolicy } from './policy-rules.ts'
import { assertVersion, policyView } from './policy-view.ts'
import * as requestRules from './request-rules.ts'
import { newStoredQueue, type StoredQueue } from './stored.ts'
import { asTheyCame, due, isForUnlock, letLocksRunOut, locked, requestOf } from './stored-queue.ts'

export class MemoryStore implements Store {
  readonly #clock: StoreClock
  readonly #locksPerStep: number
  #closed = false
  readonly #accounts = new Accounts()
  readonly coverage: Coverage
  /** Null: nobody asks for figures, and nothing is written down for them. */
  readonly #log: FigureLog | null
  readonly #deleted: { readonly id: string; readonly ownerId: string; readonly at: Millis }[] = []
  /** In the order of their creation. */
  #queues: StoredQueue[] = []

  /**
   * @param locksPerStep how many locks an unlock releases before other calls may run
   * @param coverage counts the situations that head/locks meet
   * @param hasFigures whether it writes down what happens, which takes time and memory
   */
  constructor(clock: ClockSource, locksPerStep = 1000, coverage = new Coverage(), hasFigures = false) {
    this.#log = hasFigures ? new FigureLog() : null
    this.coverage = coverage
    this.#clock = new StoreClock(clock, 0)
    this.#locksPerStep = locksPerStep
  }

  // Queues

  async listQueues(params: ListQueues): Promise<QueuePage> {
    this.#begin()
    let found = this.#queues.filter((queue) => queue.ownerId === params.userId)
    if (!params.unnamed) found = found.filter((queue) => queue.name !== null)
    if (params.ownership === 'sharedWithMe') found = []
    // The sort is stable: queues of the same millisecond stay in the order of their creation.
    found.sort((a, b) => a.createdAt - b.createdAt)
    if (params.desc) found.reverse()
    const page = found.slice(params.offset, params.offset + params.limit)
    return { total: found.length, items: page.map((queue) => this.#viewOf(queue)) }
  }

  async getOrCreateQueue(params: GetOrCreateQueue): Promise<{ queue: QueueView; created: boolean }> {
    const now = this.#begin()
    if (params.name !== null) {
      if (!isQueueName(params.name)) throw new HeadlockError('queueNameInvalid')
      const existing = this.#queueNamed(params.userId, params.name)
      if (existing !== undefined) {
        existing.accessedAt = now
        return { queue: this.#viewOf(existing), created: false }
      }
    }
    const queue = newStoredQueue({
      id: randomId(),
      ownerId: params.userId,
      name: params.name,
      title: params.title ?? null,
      generalAccess: params.generalAccess ?? null,
      createdAt: now,
    })
    this.#queues.push(queue)
    return { queue: this.#viewOf(queue), created: true }
  }

  async getQueue(params: QueueParams): Promise<QueueView> {
    const now = this.#begin()
    const queue = this.#queueOf(params)
    queue.accessedAt = now
    return this.#viewOf(queue)
  }

  async inspectQueue(params: QueueParams): Promise<InspectedQueue> {
    const readAt = this.#begin()
    return { queue: this.#viewOf(this.#queueOf(params)), readAt }
  }

  async recentQueues({ userId, limit }: RecentQueues): Promise<QueueCounts[]> {
    this.#begin()
    return this.#queues
      .filter((queue) => queue.name !== null && (userId === null || queue.ownerId === userId))
      .sort((a, b) => b.modifiedAt - a.modifiedAt)
      .slice(0, limit)
      .map((queue) => {
        const { id, ownerName, totalRequestCount, handledRequestCount, modifiedAt } = this.#viewOf(queue)
        const counts = { totalRequestCount, handledRequestCount, lockedRequestCount: locked(queue).length }
        return { id, name: queue.name!, ownerName, ...counts, modifiedAt }
      })
  }

  async inspectStore(): Promise<StoreState> {
    this.#begin()
    return { kind: 'sqlite', version: 'none', sizeBytes: null, walBytes: null, disk: null }
  }

  async findQueueId(params: QueueParams): Promise<string | null> {
    this.#begin()
    return this.#queueAt(params)?.id ?? null
  }

  async updateQueue(params: UpdateQueue): Promise<QueueView> {
    const now = this.#begin()
    const queue = this.#queueOf(params)
    if (typeof params.name === 'string') {
      if (!isQueueName(params.name)) throw new HeadlockError('queueNameInvalid')
      const owner = this.#queueNamed(queue.ownerId, params.name)
      if (owner !== undefined && owner !== queue) {
        throw new HeadlockError('queueNameNotUnique', { name: params.name })
      }
    }
    if (params.name !== undefined) queue.name = params.name
    if (params.title !== undefined) queue.title = params.title
    if (params.generalAccess !== undefined) queue.generalAccess = params.generalAccess
    queue.accessedAt = now
    return this.#viewOf(queue)
  }

  async deleteQueue(params: QueueParams): Promise<void> {
    const now = this.#begin()
    const queue = this.#queueOf(params)
    this.#drop((other) => other === queue, now)
  }

  #drop(isMeant: (queue: StoredQueue) => boolean, at: Millis): number {
    const gone = this.#queues.filter(isMeant)
    this.#queues = this.#queues.filter((queue) => !isMeant(queue))
    this.#deleted.push(...gone.map(({ id, ownerId }) => ({ id, ownerId, at })))
    return gone.length
  }

  // Requests

  async addRequests(params: AddRequests): Promise<AddedRequest[]> {
    const now = this.#begin()
    return requestRules.addRequests(this.#queueOf(params), params, now)
  }

  async getRequest(params: GetRequest): Promise<RequestView> {
    const now = this.#begin()
    const queue = this.#queueOf(params)
    const request = requestOf(queue, params.requestId)
    const longBytes = storedBytes(request.content)
    if (longBytes > (params.bytesMax ?? Number.POSITIVE_INFINITY)) {
      return { ...viewOfRequest(request), uniqueKey: '', url: '', otherFields: '', longBytes }
    }
    queue.accessedAt = now
    queue.readCount += 1
    return viewOfRequest(request)
  }

  async updateRequest(params: UpdateRequest): Promise<UpdatedRequest> {
    const now = this.#begin()
    return requestRules.updateRequest(this.#queueOf(params), params, now)
  }

  async deleteRequest(params: RequestParams & ClientParams): Promise<void> {
    const now = this.#begin()
    return requestRules.deleteRequest(this.#queueOf(params), params, now)
  }

  async deleteRequests(params: DeleteRequests): Promise<void> {
    const now = this.#begin()
    return requestRules.deleteRequests(this.#queueOf(params), params, now)
  }

  async listRequests(params: ListRequests): Promise<RequestPage> {
    const now = this.#begin()
    return requestRules.listRequests(this.#queueOf(params), params, now)
  }

  async getHeadItems(params: GetHeadItems): Promise<HeadItem[]> {
    this.#begin()
    const there = this.#queueOf(params).requests.filter(({ content }) =>
      params.requestIds.includes(content.id),
    )
    return there.map((request) => headItemOf(request, params.bytesMax ?? Number.POSITIVE_INFINITY))
  }

  async inspectRequests(params: InspectRequests): Promise<RequestsOverview> {
    const now = this.#begin()
    const queue = this.#queueOf(params)
    const found = locked(queue)
    const summaries = found.slice(0, params.lockedMax).map(({ content, lock }) => {
      return { id: content.id, clientKey: lock!.holder.clientKey, lockExpiresAt: lock!.expiresAt, content }
    })
    summaries.sort((a, b) =>
      a.clientKey === b.clientKey ? a.lockExpiresAt - b.lockExpiresAt : a.clientKey < b.clientKey ? -1 : 1,
    )
    return {
      locked: summaries.map(({ content, ...summary }, index) =>
        index < params.lockedShownMax ? { ...summary, url: urlPreview(content) } : summary,
      ),
      hasMoreLocked: found.length > params.lockedMax,
      next: due(queue, now)
        .slice(0, params.nextMax)
        .map(({ content }) => {
          return { url: urlPreview(content), method: content.method, retryCount: content.retryCount }
        }),
    }
  }

  async getRequestHistory(params: RequestParams): Promise<RequestHistory> {
    this.#begin()
    const queue = this.#queueOf(params)
    return historyView(queue, requestOf(queue, params.requestId))
  }

  // Head and locks

  async listHead(params: ListHead): Promise<Head> {
    const now = this.#begin()
    return lockRules.listHead(this.#queueOf(params), params, now)
  }

  async lockHead(params: LockHead): Promise<LockedHead> {
    const now = this.#begin()
    const queue = this.#queueOf(params)
    const head = lockRules.lockHead(queue, params, now, this.coverage)
    this.#log?.handedOut(queue, head.items.length, now)
    return head
  }

  async returnLocks(params: ReturnLocks): Promise<void> {
    const now = this.#begin()
    return lockRules.returnLocks(this.#queueOf(params), params, now)
  }

  async prolongLock(params: ProlongLock): Promise<{ lockExpiresAt: Millis }> {
    const now = this.#begin()
    return lockRules.prolongLock(this.#queueOf(params), params, now, this.coverage)
  }

  async deleteLock(params: DeleteLock): Promise<void> {
    const now = this.#begin()
    return lockRules.deleteLock(this.#queueOf(params), params, now)
  }

  async unlockRequests(params: UnlockRequests): Promise<{ unlockedCount: number }> {
    this.#begin()
    // Only a request that is locked at the start, and still locked when its turn comes, is unlocked.
    const held = locked(this.#queueOf(params)).filter((request) => isForUnlock(params, request))
    const toRelease = asTheyCame(held)
    let unlockedCount = 0
    do {
      // An unlock that is under way when the store is closed runs to its end.
      const now = this.#moment()
      const queue = this.#queueOf(params)
      unlockedCount += lockRules.unlock(queue, params, toRelease.splice(0, this.#locksPerStep), now)
      if (toRelease.length > 0) await turn()
    } while (toRelease.length > 0)
    return { unlockedCount }
  }

  // Seeing: section 14

  async explainQueue(params: QueueParams): Promise<Explanation> {
    const now = this.#begin()
    return explain(this.#queueOf(params), now)
  }

  async findRequests(params: FindRequests): Promise<FoundPage> {
    const now = this.#begin()
    return findRequests(this.#queueOf(params), params, now)
  }

  async inspectRequest(params: RequestParams): Promise<FoundRequest> {
    const now = this.#begin()
    const queue = this.#queueOf(params)
    return foundRequest(queue, requestOf(queue, params.requestId), now)
  }

  async listFailures(params: ListFailures): Promise<FailureList> {
    this.#begin()
    return failures(this.#queueOf(params), params)
  }

  async listClients(params: ListClients): Promise<ClientPage> {
    this.#begin()
    return clients(this.#queueOf(params), params)
  }

  async listHosts(params: ListHosts): Promise<HostPage> {
    const now = this.#begin()
    return hosts(this.#queueOf(params), params, now)
  }

  // Waiting for requests: 13.14. Nobody waits for the oracle, so nobody has to be told.

  async whenAvailable(params: QueueParams): Promise<Millis | null> {
    const now = this.#begin()
    const queue = this.#queueOf(params)
    if (queue.policy.isPaused) return null
    if (due(queue, now).length > 0) return 0
    const [next] = momentsAhead(queue, now)
    return next === undefined ? null : next - now
  }

  async watchQueue(): Promise<EndWatch> {
    return () => {}
  }

  // Figures over time: 14.8

  async figures(params: GetFigures): Promise<QueueFigures> {
    const second = Math.floor(this.#begin() / 1000)
    const { stepSecs, stepCount } = params
    const queue = this.#queueOf(params)
    const last = stepSecs === 1 ? second - 1 : second - (second % stepSecs)
    const from = last - (stepCount - 1) * stepSecs
    const view = this.#viewOf(queue)
    return {
      queueId: queue.id,
      from: from * 1000,
      stepSecs,
      series: this.seriesFrom(queue, from, stepSecs, stepCount),
      now: {
        totalCount: view.totalRequestCount,
        handledCount: view.handledRequestCount,
        lockedCount: locked(queue).length,
      },
    }
  }

  async serverFigures({ stepSecs, stepCount }: FigureSteps): Promise<Figures> {
    if (this.#log === null) throw new Error('this store was opened without figures')
    const second = Math.floor(this.#begin() / 1000)
    const last = stepSecs === 1 ? second - 2 : second - (second % stepSecs)
    const from = last - (stepCount - 1) * stepSecs
    return { from: from * 1000, stepSecs, series: this.#log.serverSeries(from, stepSecs, stepCount) }
  }

  async listOverviews(params: ListOverviews): Promise<OverviewPage> {
    const all = inOrder(this.#overviewsOf(params.userId), params)
    const { after, sort, limit } = params
    const from = after === null ? 0 : all.findIndex(({ id }) => id === after.id) + 1
    const items = all.slice(from, from + limit)
    const last = items.at(-1)
    const hasMore = last !== undefined && all.length > from + limit
    return { items, next: hasMore ? { value: sortValue(last, sort), id: last.id } : null }
  }

  async changedOverviews({ userId, limit }: ChangedOverviews): Promise<readonly QueueOverview[]> {
    const now = this.#begin()
    const changed = this.#overviewsOf(userId).filter(({ modifiedAt }) => modifiedAt > now - 15_000)
    return changed.sort((a, b) => b.modifiedAt - a.modifiedAt).slice(0, limit)
  }

  async deletedQueues({ userId }: QueueUser): Promise<readonly string[]> {
    const now = this.#begin()
    const shown = this.#deleted.filter(({ ownerId, at }) => ownerId === userId && at > now - 15_000)
    return shown.map(({ id }) => id).reverse()
  }

  #overviewsOf(userId: string): QueueOverview[] {
    const now = this.#begin()
    const { username } = this.#accounts.userOf(userId)
    return this.#queues
      .filter(({ ownerId }) => ownerId === userId)
      .map((queue) => {
        return overview(queue, username, now, (...range) => this.seriesFrom(queue, ...range))
      })
  }

  /** Steps from any second. */
  seriesFrom(queue: StoredQueue, from: number, stepSecs: number, stepCount: number): Series {
    if (this.#log === null) throw new Error('this store was opened without figures')
    this.#begin()
    return this.#log.series(queue, from, stepSecs, stepCount)
  }

  // Actions and forks: 14.5 and 14.6. They are done at once, so there are no jobs.

  async actOnRequests(params: ActOnRequests): Promise<ActionOutcome> {
    const now = this.#begin()
    return act(this.#queueOf(params), params, now)
  }

  async forkQueue(params: ForkQueue): Promise<ForkedQueue> {
    const now = this.#begin()
    const source = this.#queueOf(params)
    const { userId, name, selection } = params
    if (!isQueueName(name)) throw new HeadlockError('queueNameInvalid')
    if (this.#queueNamed(userId, name) !== undefined) throw new HeadlockError('forkNameTaken', { name })
    source.accessedAt = now
    const { queue } = await this.getOrCreateQueue({ userId, name })
    const fork = this.storedQueue(queue.id)!
    copyAll(source, fork, selection, now)
    return { queue: this.#viewOf(fork), jobId: null }
  }

  async listJobs(): Promise<JobView[]> {
    return []
  }

  async getJob(): Promise<JobView> {
    throw new HeadlockError('jobNotFound')
  }

  async stopJob(): Promise<void> {
    throw new HeadlockError('jobNotFound')
  }

  async continueJobs(): Promise<boolean> {
    return false
  }

  // Policies: sections 12 and 13

  async getPolicy(params: QueueParams): Promise<PolicyView> {
    this.#begin()
    return policyView(this.#queueOf(params))
  }

  async putPolicy(params: PutPolicy): Promise<PolicyView> {
    const now = this.#begin()
    const queue = this.#queueOf(params)
    assertVersion(queue, params.version)
    queue.accessedAt = now
    replacePolicy(queue, params.policy)
    queue.policyDocument = params.document
    queue.policyVersion += 1
    return policyView(queue)
  }

  async deletePolicy(params: DeletePolicy): Promise<PolicyView> {
    const now = this.#begin()
    const queue = this.#queueOf(params)
    assertVersion(queue, params.version)
    queue.accessedAt = now
    if (queue.policyDocument === null) return policyView(queue)
    replacePolicy(queue, emptyPolicy)
    queue.policyDocument = null
    queue.policyVersion += 1
    return policyView(queue)
  }

  async setCooldown(params: QueueParams & { group: string; until: Millis }): Promise<CooldownView> {
    const now = this.#begin()
    const queue = this.#queueOf(params)
    queue.accessedAt = now
    return coolDown(queue, params.group, params.until, now)
  }

  async endCooldown(params: QueueParams & { group: string }): Promise<void> {
    const now = this.#begin()
    const queue = this.#queueOf(params)
    queue.accessedAt = now
    endCooldown(queue, params.group)
  }

  // Users and tokens

  async ensureUser({ username }: { username: string }): Promise<User> {
    return this.#accounts.ensureUser(username, this.#begin())
  }

  async findUser({ username }: { username: string }): Promise<User | null> {
    this.#begin()
    return this.#accounts.findUser(username)
  }

  async createToken(params: NewToken): Promise<Token> {
    return this.#accounts.createToken(params, this.#begin())
  }

  async listTokens(): Promise<Token[]> {
    this.#begin()
    return this.#accounts.tokens()
  }

  async revokeToken({ id }: { id: string }): Promise<boolean> {
    this.#begin()
    return this.#accounts.revokeToken(id)
  }

  async findCaller({ tokenHash }: { tokenHash: string }): Promise<Caller | null> {
    this.#begin()
    return this.#accounts.findCaller(tokenHash)
  }

  // Upkeep

  async expireQueues(params: { retentionMs: Millis }): Promise<number> {
    const now = this.#begin()
    return this.#drop(({ name, accessedAt }) => name === null && now >= accessedAt + params.retentionMs, now)
  }

  async revisitRequests(): Promise<boolean> {
    const now = this.#begin()
    return this.#queues.filter((queue) => requestRules.revisit(queue, now)).length > 0
  }

  async check(): Promise<string[]> {
    this.#begin()
    const problems: string[] = []
    for (const { id, requests } of this.#queues) {
      const keys = requests.map((request) => request.content.uniqueKey)
      if (new Set(keys).size !== keys.length) problems.push(`queue ${id}: a unique key is stored twice`)
      for (const { content, place, lock, lastHolder } of requests) {
        const handled = content.handledAt !== null
        if (handled !== (place === null))
          problems.push(`${content.uniqueKey}: handled with a place, or neither`)
        if (handled && lock !== null) problems.push(`${content.uniqueKey}: handled and locked`)
        if (lock !== null && lastHolder !== null)
          problems.push(`${content.uniqueKey}: a lock and a last holder`)
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

  // For tests that must know what else a queue may contain

  /** The queue in the store, not a copy. Later calls change it. */
  storedQueue(queueId: string): StoredQueue | undefined {
    return this.#queues.find((queue) => queue.id === queueId)
  }

  /** The moments after now at which a request of the queue may become available, with now itself. */
  momentsOf(queue: StoredQueue): { now: Millis; ahead: Millis[] } {
    const now = this.#moment()
    return { now, ahead: momentsAhead(queue, now) }
  }

  /** Replaces the queue with the same ID, if it exists. */
  replaceQueue(other: StoredQueue): void {
    this.#queues = this.#queues.map((queue) => (queue.id === other.id ? other : queue))
  }

  // Helpers that need the whole store

  /** The first line of every call. It takes the time that decides everything in the call. */
  #begin(): Millis {
    if (this.#closed) throw new HeadlockError('storeUnavailable', { problem: 'it is closed' })
    return this.#moment()
  }

  #moment(): Millis {
    const now = this.#clock.now()
    this.#log?.look(this.#queues, now)
    for (const queue of this.#queues) letLocksRunOut(queue, now)
    return now
  }

  /** A queue of another user does not exist for the caller. */
  #queueOf(params: QueueParams): StoredQueue {
    const found = this.#queueAt(params)
    if (found === undefined) throw new HeadlockError('queueNotFound')
    return found
  }

  #queueAt({ userId, queue: address }: QueueParams): StoredQueue | undefined {
    if ('queueId' in address) {
      return this.#queues.find((queue) => queue.ownerId === userId && queue.id === address.queueId)
    }
    const ownName = this.#accounts.userOf(userId).username
    const isOwn = address.ownerName === null || address.ownerName.toLowerCase() === ownName.toLowerCase()
    return isOwn ? this.#queueNamed(userId, address.queueName) : undefined
  }

  #queueNamed(ownerId: string, name: string): StoredQueue | undefined {
    return this.#queues.find(
      (queue) => queue.ownerId === ownerId && queue.name?.toLowerCase() === name.toLowerCase(),
    )
  }

  #viewOf(queue: StoredQueue): QueueView {
    return viewOfQueue(queue, this.#accounts.userOf(queue.ownerId).username)
  }
}
