import type { Caller, QueueUser } from '../domain/caller.ts'
import type { RequestHistory } from '../domain/history/history.ts'
import type { QueueView } from '../domain/queue.ts'
import type { HeadItem, RequestView } from '../domain/request.ts'
import type { Millis } from '../domain/time.ts'
import type { NewToken, Token, User } from './params/accounts.ts'
import type { ClientParams } from './params/clients.ts'
import type { FigureSteps, Figures, GetFigures, QueueFigures } from './params/figures.ts'
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
} from './params/head-and-locks.ts'
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
} from './params/insight.ts'
import type {
  ActionOutcome,
  ActOnRequests,
  ForkedQueue,
  ForkQueue,
  JobParams,
  JobView,
  ListJobs,
} from './params/jobs.ts'
import type { ChangedOverviews, ListOverviews, OverviewPage, QueueOverview } from './params/overviews.ts'
import type {
  CooldownView,
  DeletePolicy,
  EndCooldown,
  PolicyView,
  PutPolicy,
  SetCooldown,
} from './params/policies.ts'
import type {
  GetOrCreateQueue,
  InspectedQueue,
  ListQueues,
  QueuePage,
  QueueParams,
  UpdateQueue,
} from './params/queues.ts'
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
} from './params/requests.ts'
import type { QueueCounts, RecentQueues, StoreState } from './params/state.ts'
import type { EndWatch, WatchQueue } from './params/waiting.ts'

/**
 * Stores queues, requests, users and tokens. Every implementation keeps four promises for every method:
 *
 * 1. **All or nothing.** A call is one atomic step, unless its method says otherwise. A refused call has changed nothing
 *    (rule 11.6). After `storeUnavailable` the change may have been made or not. The caller can repeat the call (11.5).
 * 2. **Durable.** When a call resolves, its change survives a crash of the process and of the machine (11.1). Only
 *    access times and the statistics of reads may reach the disk up to a second later.
 * 3. **The clock of the store decides.** It never runs backwards (3.7). No method takes a time from its caller.
 * 4. **The store decides the order.** A call sees every call that resolved before it began (11.2). No request is ever
 *    locked by two clients at once (11.3).
 *
 * A method refuses by rejecting with a `HeadlockError` of the catalogue. Methods that name a queue refuse with
 * `queueNotFound` when this user has no queue at that address. `findQueueId` does not. The tests in `test/contract/`
 * check every implementation.
 */
export interface Store {
  // Queues: section 7 of the rules.
  /** Takes several steps when there are very many queues. */
  listQueues(params: ListQueues): Promise<QueuePage>
  /** Gets the queue with that name, or creates it. Without a name it always creates one (7.5). Refuses `queueNameInvalid`. */
  getOrCreateQueue(params: GetOrCreateQueue): Promise<{ queue: QueueView; created: boolean }>
  /** Counts as an access to the queue (7.2). */
  getQueue(params: QueueParams): Promise<QueueView>
  /** Reads a queue for people who watch it. That is not an access, so an unnamed queue still expires (7.7). */
  inspectQueue(params: QueueParams): Promise<InspectedQueue>
  /** The ID of the queue at that address, or null. Not an access to the queue (7.2). */
  findQueueId(params: QueueParams): Promise<string | null>
  /** Fields that are left out stay as they are. Refuses `queueNameInvalid` and `queueNameNotUnique`. */
  updateQueue(params: UpdateQueue): Promise<QueueView>
  /** Hides the queue from every later call, however large it is. Its rows are deleted afterwards, in small steps (7.9). */
  deleteQueue(params: QueueParams): Promise<void>

  // Requests: sections 2, 6 and 8.
  /** Adds the requests that are not there yet. Returns one result for each, in the order given (2.3, 2.7). */
  addRequests(params: AddRequests): Promise<AddedRequest[]>
  /**
   * Not a touch of the queue by a client (7.3). A request that comes without its texts is not counted as read (7.4).
   * Refuses `requestNotFound`.
   */
  getRequest(params: GetRequest): Promise<RequestView>
  updateRequest(params: UpdateRequest): Promise<UpdatedRequest>
  /** Refuses `requestNotFound`. */
  deleteRequest(params: RequestParams & ClientParams): Promise<void>
  /** Deletes the requests that exist and ignores the others (6.6). Takes several steps when they are very large. */
  deleteRequests(params: DeleteRequests): Promise<void>
  /** Lists by ID. A walk over all pages meets every request once, whatever changes meanwhile (8.2). */
  listRequests(params: ListRequests): Promise<RequestPage>
  /** Reads only what a page for people shows. Not a touch, not an access, not counted. */
  inspectRequests(params: InspectRequests): Promise<RequestsOverview>
  /** What the request went through (14.7). Not a touch, not an access, not counted. Refuses `requestNotFound`. */
  getRequestHistory(params: RequestParams): Promise<RequestHistory>

  // Head and locks: sections 3, 4 and 5.
  /** Items that may be long come without their texts. `getHeadItems` reads those. */
  listHead(params: ListHead): Promise<Head>
  /** Long items come without their texts, as in `listHead`. */
  lockHead(params: LockHead): Promise<LockedHead>
  /** The requests that exist, in any order. Not a touch, not an access, not counted. */
  getHeadItems(params: GetHeadItems): Promise<HeadItem[]>
  /**
   * Undoes a `lockHead` whose answer could not be delivered (4.6). Requests that still have this very lock go back to
   * the place they had. Not a touch by a client.
   */
  returnLocks(params: ReturnLocks): Promise<void>
  /** Refuses `requestNotFound`, `requestHandled`, `requestLockedByOther`, `lockNotHeld` (5.1, 5.2). */
  prolongLock(params: ProlongLock): Promise<{ lockExpiresAt: Millis }>
  /** Refuses `requestNotFound`, `requestHandled`, `requestLockedByOther` (5.2, 5.3). */
  deleteLock(params: DeleteLock): Promise<void>
  /** Takes several steps when there are very many locks. Each step releases some of them (steps/unlock.ts). */
  unlockRequests(params: UnlockRequests): Promise<{ unlockedCount: number }>

  // Seeing: section 14. Not a touch, not an access, not counted. Not at one moment: calls may change the queue meanwhile.
  /** Long items of `next` come without their texts, as in `listHead`. */
  explainQueue(params: QueueParams): Promise<Explanation>
  /**
   * Some of the requests that a filter chooses, by ID. Whoever goes on at `nextAfterId` until it is null meets each request
   * once that is chosen all the time (8.2).
   */
  findRequests(params: FindRequests): Promise<FoundPage>
  /** One request, as `findRequests` shows it. Refuses `requestNotFound`. */
  inspectRequest(params: RequestParams): Promise<FoundRequest>
  listFailures(params: ListFailures): Promise<FailureList>
  listHosts(params: ListHosts): Promise<HostPage>
  listClients(params: ListClients): Promise<ClientPage>

  // Waiting for requests (13.14).
  /**
   * How long until a head/lock may find something if nobody changes the queue: 0 if it may now, null if it never
   * would. Not a touch, not an access, not counted.
   */
  whenAvailable(params: QueueParams): Promise<Millis | null>
  /**
   * Tells when requests of the queue may have become available, or will by time alone, until the watch is ended.
   * Changes by other servers are told too. When this resolves, each change that is not yet visible to
   * `whenAvailable` will be told. It may also tell of changes that made nothing available.
   */
  watchQueue(params: WatchQueue): Promise<EndWatch>

  // Figures over time (14.8). Not a touch, not an access, not counted.
  /**
   * What was done in a queue, step by step. The last one to two seconds may be missing from it. A crash of a server may lose
   * what it had not saved: at most a second or two.
   */
  figures(params: GetFigures): Promise<QueueFigures>
  /** The same for all queues of all users together, of those that were deleted too. */
  serverFigures(params: FigureSteps): Promise<Figures>
  /** The queues of the user, with what is done in them now. Reads in steps. */
  listOverviews(params: ListOverviews): Promise<OverviewPage>
  /** Those of them in which something has happened in the last seconds, the latest first. */
  changedOverviews(params: ChangedOverviews): Promise<readonly QueueOverview[]>
  /** The IDs of those of the user's queues that were deleted in the last 15 seconds, the latest first, by any server. */
  deletedQueues(params: QueueUser): Promise<readonly string[]>

  // Actions on many requests, forks, and jobs (14.5, 14.6).
  /**
   * Acts on requests, whoever holds them. Takes several steps when there are many, and leaves the rest to a job when that
   * takes too long. Not a touch by a client.
   */
  actOnRequests(params: ActOnRequests): Promise<ActionOutcome>
  /**
   * Makes a queue with copies of requests, in several steps as `actOnRequests`. Refuses `queueNameInvalid` and
   * `forkNameTaken`.
   */
  forkQueue(params: ForkQueue): Promise<ForkedQueue>
  /** The jobs of a user, the latest first. */
  listJobs(params: ListJobs): Promise<JobView[]>
  /** Refuses `jobNotFound`. */
  getJob(params: JobParams): Promise<JobView>
  /** Ends a job. What it has done stays. Changes nothing if it has ended. Refuses `jobNotFound`. */
  stopJob(params: JobParams): Promise<void>

  // Policies: section 13. A policy is in force for every call after the one that stores it. Not a touch by a client.
  /** Refuses `policyDamaged`. */
  getPolicy(params: QueueParams): Promise<PolicyView>
  /** Refuses `policyVersionDiffers` and `groupByChanges`. */
  putPolicy(params: PutPolicy): Promise<PolicyView>
  /** Refuses `policyVersionDiffers`. Changes nothing if there is no policy. */
  deletePolicy(params: DeletePolicy): Promise<PolicyView>
  /** Holds a group back until then. The latest of several counts (13.8). */
  setCooldown(params: SetCooldown): Promise<CooldownView>
  endCooldown(params: EndCooldown): Promise<void>

  // Figures. Not a touch, not an access, not counted.
  /** The queues with a name that changed last, the latest first. */
  recentQueues(params: RecentQueues): Promise<QueueCounts[]>
  inspectStore(): Promise<StoreState>

  // Users and tokens. Only the hash of a token is stored, never the token.
  /** Gets the user with that name, or creates it. */
  ensureUser(params: { username: string }): Promise<User>
  /** Null if there is no such user. */
  findUser(params: { username: string }): Promise<User | null>
  createToken(params: NewToken): Promise<Token>
  listTokens(): Promise<Token[]>
  /** Returns whether the token existed. */
  revokeToken(params: { id: string }): Promise<boolean>
  /** Whose token has this hash. Null if it is unknown or was revoked. */
  findCaller(params: { tokenHash: string }): Promise<Caller | null>

  // Upkeep. No answer depends on when it runs.
  /**
   * Deletes some of the unnamed queues that nobody has accessed for `retentionMs` (7.7). Returns how many were deleted.
   * 0 means that none is left.
   */
  expireQueues(params: { retentionMs: Millis }): Promise<number>
  /**
   * Makes some of the handled requests pending whose time has come (13.9). It has to be called at least once a second.
   * Returns whether there were any. False means that none is left.
   */
  revisitRequests(): Promise<boolean>
  /**
   * Does the next step of each job, and deletes those that ended long ago. Returns whether a job may have to go on. It has to be
   * called again and again.
   */
  continueJobs(): Promise<boolean>
  /** Checks all data and lists every contradiction. The list is empty when all is well. */
  check(): Promise<string[]>
  /** Resolves when the store can answer. Rejects with `storeUnavailable` when it cannot. */
  ping(): Promise<void>
  /** Finishes the calls in flight, then closes. Later calls reject with `storeUnavailable`. */
  close(): Promise<void>
}

/** The methods that a storage thread performs. */
export type StoreMethod = Exclude<keyof Store, 'close' | 'watchQueue'>

/** The part of a store that the token commands need. */
export type Accounts = Pick<
  Store,
  'ensureUser' | 'findUser' | 'createToken' | 'listTokens' | 'revokeToken' | 'close'
>
