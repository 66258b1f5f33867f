import type { Caller, QueueUser } from '../domain/caller.ts'
import type { Client } from '../domain/lifecycle.ts'
import type { Side } from '../domain/order.ts'
import type { GeneralAccess, QueueView } from '../domain/queue.ts'
import type { HeadItem, RequestContent, RequestView } from '../domain/request.ts'
import type { Millis } from '../domain/time.ts'

/**
 * Everything that is kept. Four promises, for every implementation and every method:
 *
 * 1. **All or nothing.** A call is one atomic step, where it does not say otherwise. One that is refused has changed
 *    nothing (rule 11.6); after `storeUnavailable` it was done or not, as when an answer is lost, and can be repeated (11.5).
 * 2. **Durable.** When a call resolves, its change survives a crash of the process and of the machine (11.1).
 *    Access times and the statistics of reads alone may lag behind on disk by a second.
 * 3. **One clock decides, the store's.** It never runs backwards (3.7). No method takes a time from its caller.
 * 4. **One order decides, the store's.** A call sees every call that resolved before it began (11.2), and no
 *    request is ever with two clients (11.3).
 *
 * A refusal is a rejection with a `HeadlockError` from the catalogue. Methods that name a queue refuse with
 * `queueNotFound` when there is none at that address for this user, `findQueueId` aside. `test/contract/` is what
 * an implementation has to pass.
 */
export interface Store {
  // Queues: section 7 of the rules.
  /** Of very many queues it is several steps. */
  listQueues(params: ListQueues): Promise<QueuePage>
  /** The queue of that name, made if it is not there; without a name always a new one (7.5). Refuses `queueNameInvalid`. */
  getOrCreateQueue(params: GetOrCreateQueue): Promise<{ queue: QueueView; created: boolean }>
  /** An access to it (7.2). */
  getQueue(params: QueueParams): Promise<QueueView>
  /** The same for somebody who only looks on: not an access, so it keeps no unnamed queue from expiring (7.7). */
  lookAtQueue(params: QueueParams): Promise<QueueLook>
  /** The ID of the queue at that address, null when there is none. Not an access to it (7.2). */
  findQueueId(params: QueueParams): Promise<string | null>
  /** Refuses `queueNameInvalid`, `queueNameNotUnique`. Fields left out stay as they are. */
  updateQueue(params: UpdateQueue): Promise<QueueView>
  /** Gone for every later call, however large it was; its rows are cleared away afterwards, in small steps (7.9). */
  deleteQueue(params: QueueParams): Promise<void>

  // Requests: sections 2, 6 and 8.
  /** Adds what is not there, one result for each request in the order given (2.3, 2.7). */
  addRequests(params: AddRequests): Promise<AddedRequest[]>
  /** Refuses `requestNotFound`. Does not count as a client's touch of the queue (7.3). One without its texts was not read (7.4). */
  getRequest(params: GetRequest): Promise<RequestView>
  updateRequest(params: UpdateRequest): Promise<UpdatedRequest>
  /** Refuses `requestNotFound`. */
  deleteRequest(params: RequestParams & ClientParams): Promise<void>
  /** Deletes those that are there; one that is not there is no failure (6.6). Of very large ones it is several steps. */
  deleteRequests(params: DeleteRequests): Promise<void>
  /** In the order of their IDs, so that a walk meets every request once, whatever changes meanwhile (8.2). */
  listRequests(params: ListRequests): Promise<RequestPage>
  /** What a page for people shows of the requests, and no more than that is read. Not a touch, not an access, not counted. */
  lookAtRequests(params: LookAtRequests): Promise<RequestsLook>

  // Head and locks: sections 3, 4 and 5.
  /** Items that may be long are without their texts, which `getHeadItems` has. */
  listHead(params: ListHead): Promise<Head>
  /** Items as `listHead` has them. */
  lockHead(params: LockHead): Promise<LockedHead>
  /** Those of the requests that are there, in any order. Not a touch, not an access, not counted. */
  getHeadItems(params: GetHeadItems): Promise<HeadItem[]>
  /**
   * Undoes a `lockHead` whose answer could not be delivered (4.6): those of the requests that still have this very
   * lock go back to the place they had. Not a touch of a client.
   */
  returnLocks(params: ReturnLocks): Promise<void>
  /** Refuses `requestNotFound`, `requestHandled`, `requestLockedByOther`, `lockNotHeld` (5.1, 5.2). */
  prolongLock(params: ProlongLock): Promise<{ lockExpiresAt: Millis }>
  /** Refuses `requestNotFound`, `requestHandled`, `requestLockedByOther` (5.2, 5.3). */
  deleteLock(params: DeleteLock): Promise<void>
  /** Of very many it is several steps, each about locks of its own (unlock.ts). */
  unlockRequests(params: UnlockRequests): Promise<{ unlockedCount: number }>

  // Users and tokens. A token itself is never stored, only its hash.
  /** The user of that name, made if it is not there. */
  ensureUser(params: { username: string }): Promise<User>
  /** Null when there is no such user. */
  findUser(params: { username: string }): Promise<User | null>
  createToken(params: NewToken): Promise<Token>
  listTokens(): Promise<Token[]>
  /** Whether there was such a token. */
  revokeToken(params: { id: string }): Promise<boolean>
  /** Whose token has this hash; null when it is unknown or was revoked. */
  findCaller(params: { tokenHash: string }): Promise<Caller | null>

  // Upkeep. No answer depends on when it runs.
  /** Deletes some of the unnamed queues that nobody accessed for so long; tells how many, and 0 when none is left (7.7). */
  expireQueues(params: { retentionMs: Millis }): Promise<number>
  /** Walks everything and lists what contradicts itself; empty when all is well. */
  check(): Promise<string[]>
  /** Resolves when the store can answer; rejects with `storeUnavailable` when it cannot. */
  ping(): Promise<void>
  /** Finishes what is in flight, then closes. Calls after it reject with `storeUnavailable`. */
  close(): Promise<void>
}

/** A queue by its ID, or by the name it has with an owner; `ownerName` null means the caller's own (7.6). */
export type QueueAddress =
  | { readonly queueId: string }
  | { readonly ownerName: string | null; readonly queueName: string }

/** Which queue somebody wants to use. Of the caller it has what `mayUse` decides by. */
export interface QueueParams extends QueueUser {
  readonly queue: QueueAddress
}

/** Calls that take a client key; each counts for `hadMultipleClients` when it succeeds (7.3). */
export interface ClientParams {
  readonly client: Client
}

/**
 * Reads that clients make and others too. Null is somebody who only looks on: the look is no touch, no access,
 * and not counted in the statistics (7.2 to 7.4).
 */
export interface ReadParams {
  readonly client: Client | null
}

export interface RequestParams extends QueueParams {
  readonly requestId: string
}

export interface GetRequest extends RequestParams {
  /** A longer one comes without its texts. */
  readonly bytesMax?: number
}

export interface GetHeadItems extends QueueParams {
  readonly requestIds: readonly string[]
  /** Of those whose texts are longer, the length alone. */
  readonly bytesMax?: number
}

/** A queue and the time of the store at which it was so. */
export interface QueueLook {
  readonly queue: QueueView
  readonly lookedAt: Millis
}

export interface ListQueues extends QueueUser {
  readonly offset: number
  readonly limit: number
  readonly desc: boolean
  /** Unnamed queues too. */
  readonly unnamed: boolean
  /** `sharedWithMe` finds nothing as long as queues cannot be shared. */
  readonly ownership: 'ownedByMe' | 'sharedWithMe' | null
}

export interface QueuePage {
  readonly total: number
  readonly items: QueueView[]
}

export interface GetOrCreateQueue extends QueueUser {
  readonly name: string | null
  /** Of a queue that is made; one that is there stays as it is. */
  readonly title?: string | null
  readonly generalAccess?: GeneralAccess | null
}

export interface UpdateQueue extends QueueParams {
  readonly name?: string | null
  readonly title?: string | null
  readonly generalAccess?: GeneralAccess | null
}

export interface AddRequests extends QueueParams, ClientParams {
  readonly requests: readonly RequestContent[]
  readonly side: Side
}

export interface AddedRequest {
  readonly requestId: string
  readonly uniqueKey: string
  readonly wasAlreadyPresent: boolean
  readonly wasAlreadyHandled: boolean
}

export interface UpdateRequest extends QueueParams, ClientParams {
  readonly request: RequestContent
  readonly side: Side
}

export interface UpdatedRequest {
  readonly requestId: string
  readonly wasAlreadyPresent: boolean
  readonly wasAlreadyHandled: boolean
}

export interface DeleteRequests extends QueueParams, ClientParams {
  readonly requestIds: readonly string[]
}

export interface ListRequests extends QueueParams, ReadParams {
  readonly limit: number
  /** So long may all of them be together, or the first one alone; 64 MB where it is left out. */
  readonly lengthMax?: number
  /** Only requests whose ID comes after this one, by bytes. */
  readonly afterId: string | null
  /** The union of these states; null is every request, handled ones included. */
  readonly filter: readonly ('locked' | 'pending')[] | null
}

export interface RequestPage {
  readonly items: RequestView[]
  readonly hasMore: boolean
  /** Requests that were left out because what is stored of them cannot stand in an answer; some of them where they are many. */
  readonly damagedIds?: readonly string[]
}

/** How much of everything is looked at. */
export interface LookAtRequests extends QueueParams {
  readonly lockedMax: number
  /** Of those so many are shown with their URL. */
  readonly lockedShownMax: number
  readonly nextMax: number
}

export interface RequestsLook {
  /** By client key, and the end of the lock. */
  readonly locked: readonly LockedLook[]
  readonly hasMoreLocked: boolean
  /** The first that may be handed out, in order. */
  readonly next: readonly NextLook[]
}

export interface LockedLook {
  readonly id: string
  readonly clientKey: string
  readonly lockExpiresAt: Millis
  /** Undefined where it is not shown. */
  readonly url?: ShownUrl
}

export interface NextLook {
  readonly url: ShownUrl
  readonly method: string
  readonly retryCount: number
}

/** The beginning of a URL, 300 characters of it and one more where there are more; null where it has too many bytes to be read. */
export interface ShownUrl {
  readonly text: string | null
  readonly bytes: number
}

export interface ListHead extends QueueParams, ReadParams {
  readonly limit: number
}

export interface Head {
  /** Of the queue that was at the address: it may have another name by now. */
  readonly queueId: string
  readonly items: readonly HeadItem[]
  readonly queueModifiedAt: Millis
  readonly hadMultipleClients: boolean
}

export interface LockHead extends QueueParams, ClientParams {
  readonly limit: number
  readonly lockMs: Millis
}

export interface LockedHead extends Head {
  /** Any lock of any client alive now, those just taken included (4.3, 4.4). */
  readonly queueHasLockedRequests: boolean
  /** When the locks just taken end; the same for all items. */
  readonly lockExpiresAt: Millis
}

export interface ReturnLocks extends QueueParams {
  readonly clientKey: string
  readonly requestIds: readonly string[]
  readonly lockExpiresAt: Millis
}

export interface ProlongLock extends RequestParams, ClientParams {
  readonly lockMs: Millis
  /** Undefined keeps the side the request has (3.3). */
  readonly side: Side | undefined
}

export interface DeleteLock extends RequestParams, ClientParams {
  readonly side: Side
}

/** Releases the live locks of the client key, if one is given, and those of the run, if there is one (5.4). */
export interface UnlockRequests extends QueueParams, ClientParams {
  /** Whether the call gave a client key; without one only the run's locks are meant. */
  readonly hasClientKey: boolean
}

export interface User {
  readonly id: string
  readonly username: string
  readonly createdAt: Millis
}

export interface NewToken {
  readonly userId: string
  /** SHA-256 of the token, hexadecimal. */
  readonly tokenHash: string
  readonly label: string | null
  readonly runId: string | null
  readonly readOnly: boolean
}

export interface Token {
  readonly id: string
  readonly userId: string
  readonly label: string | null
  readonly runId: string | null
  readonly readOnly: boolean
  readonly createdAt: Millis
}

/** Every method but `close`, by name: what crosses to a storage thread. */
export type StoreMethod = Exclude<keyof Store, 'close'>

/** The part of a store that the token commands need. */
export type Accounts = Pick<
  Store,
  'ensureUser' | 'findUser' | 'createToken' | 'listTokens' | 'revokeToken' | 'close'
>
