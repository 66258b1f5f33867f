/**
 * The commands of the model test, as plain data: a command can be printed, shrunk, and run on any store.
 */
import type { ActionName } from '../../src/domain/actions/actions.ts'
import type { RequestFilter } from '../../src/domain/insight/request-filter.ts'
import type { Standing } from '../../src/domain/insight/standing.ts'
import type { Client } from '../../src/domain/lifecycle.ts'
import type { Side } from '../../src/domain/order.ts'
import type { LockedHead } from '../../src/store/params/head-and-locks.ts'
import type { HostSort } from '../../src/store/params/insight.ts'
import type { PolicyDocument } from './policy-document.ts'

/** The queues that commands refer to: two with these names, and the unnamed queue that was created last. */
export const slots = ['crawl', 'shop', 'unnamed'] as const
export type Slot = (typeof slots)[number]

export interface OnQueue {
  /** A queue by its slot, or by its label in outcomes. */
  readonly slot: Slot | `queue ${number}`
  /** Whether the call names the queue by its ID, its name or `username~name`. */
  readonly by: 'id' | 'name' | 'owner'
}

export interface ByClient extends OnQueue {
  /** `holder` is the client of the last head/lock in that queue that got anything, `earlier` of the one before it. */
  readonly client: Client | 'holder' | 'earlier'
}

/**
 * A unique key. `held` is the first request that the last head/lock in that queue handed out, `lost` the first
 * one of the head/lock before it.
 */
type Key = string
export const held: Key = 'held'
export const lost: Key = 'lost'

/** What a command sends of a request. */
export interface Sent {
  readonly key: Key
  readonly handled: boolean
  readonly retryCount: number
  readonly note: string
  /** The host of its URL. */
  readonly host?: string
  /** What it asks for itself (13.10). */
  readonly asks?: Asks
}

/** Like the wishes of a request, but the moment counts from when the command runs. */
export interface Asks {
  readonly priority?: number
  readonly delayMs?: number
  readonly notBeforeInMs?: number
  /** Filled in from `notBeforeInMs`. */
  readonly notBefore?: number
}

/** Whether a store restarts between the steps of a job. */
export type Steps = 'on' | 'with a restart'

/** The answer to a head/lock, and its client. */
export interface TakenLocks {
  readonly client: Client
  readonly head: LockedHead
}

export type Command =
  | (ByClient & { readonly do: 'addRequests'; readonly requests: Sent[]; readonly side: Side })
  | (ByClient & { readonly do: 'updateRequest'; readonly request: Sent; readonly side: Side })
  | (ByClient & { readonly do: 'deleteRequest'; readonly key: Key })
  | (ByClient & { readonly do: 'deleteRequests'; readonly keys: string[] })
  | (OnQueue & { readonly do: 'getRequest'; readonly key: Key })
  | (OnQueue & { readonly do: 'getHistory'; readonly key: Key })
  /** `until` is filled in from `inMs`, which counts from when the command runs. Without keys: requests in these states, or all. */
  | (OnQueue & {
      readonly do: 'act'
      readonly action: ActionName
      readonly keys: string[] | null
      readonly states: readonly Standing[] | null
      readonly inMs: number
      readonly until?: number
      /** The store does it in as many steps as it can, and may restart between them. */
      readonly inSteps?: Steps
    })
  /** Makes a queue with copies of the requests with these keys, or in these states, or of all. */
  | (OnQueue & {
      readonly do: 'fork'
      readonly name: string
      readonly keys: string[] | null
      readonly states: readonly Standing[] | null
      readonly inSteps?: Steps
    })
  | (ByClient & {
      readonly do: 'listRequests'
      readonly limit: number
      readonly afterKey: string | null
      readonly filter: ('locked' | 'pending')[] | null
    })
  | (ByClient & { readonly do: 'listHead'; readonly limit: number })
  | (ByClient & { readonly do: 'lockHead'; readonly limit: number; readonly lockMs: number })
  /** Without `locks`: the locks of the last head/lock in that queue that got any. */
  | (OnQueue & { readonly do: 'returnLocks'; readonly locks?: TakenLocks | null })
  | (ByClient & {
      readonly do: 'prolongLock'
      readonly key: Key
      readonly lockMs: number
      readonly side: Side | undefined
    })
  | (ByClient & { readonly do: 'deleteLock'; readonly key: Key; readonly side: Side })
  | (ByClient & { readonly do: 'unlockRequests'; readonly hasClientKey: boolean })
  | (OnQueue & { readonly do: 'getQueue'; readonly user: 'alice' | 'bob' })
  | { readonly do: 'getOrCreateQueue'; readonly slot: Slot }
  | (OnQueue & {
      readonly do: 'updateQueue'
      readonly name: string | null | undefined
      readonly title: string | null | undefined
    })
  | (OnQueue & { readonly do: 'deleteQueue' })
  | {
      readonly do: 'listQueues'
      readonly offset: number
      readonly limit: number
      readonly desc: boolean
      readonly unnamed: boolean
    }
  | { readonly do: 'expireQueues'; readonly retentionMs: number }
  /** The step that makes handled requests pending again, until nothing is due. */
  | (OnQueue & { readonly do: 'revisitRequests' })
  | (OnQueue & { readonly do: 'explainQueue' })
  /** Asks what people see, then head/locks. Fails where one contradicts the other. */
  | (ByClient & { readonly do: 'foresee'; readonly lockMs: number })
  | (OnQueue & { readonly do: 'listFailures' })
  | (OnQueue & { readonly do: 'listClients'; readonly limit: number })
  | (OnQueue & {
      readonly do: 'listHosts'
      readonly sort: HostSort
      readonly desc: boolean
      readonly limit: number
    })
  /** A walk through all pages. */
  | (OnQueue & {
      readonly do: 'findRequests'
      readonly states: readonly Standing[] | null
      readonly filter: Partial<Omit<RequestFilter, 'states'>>
      readonly limit: number
      readonly examinedMax: number
    })
  | (OnQueue & { readonly do: 'getPolicy' })
  | (OnQueue & { readonly do: 'putPolicy'; readonly document: PolicyDocument })
  | (OnQueue & { readonly do: 'deletePolicy' })
  /** `until` is filled in from `inMs`, which counts from when the command runs. */
  | (OnQueue & {
      readonly do: 'setCooldown'
      readonly group: string
      readonly inMs: number
      readonly until?: number
    })
  | (OnQueue & { readonly do: 'endCooldown'; readonly group: string })
  /** Closes the store and opens it again. */
  | { readonly do: 'restart' }
  /** Calls that are sent together, before any is answered. A store performs them in any order. */
  | { readonly do: 'together'; readonly commands: Command[] }
  /** Time passes. */
  | { readonly do: 'advance'; readonly ms: number }
  /** Time passes until the nth moment at which something in the first queue changes, or almost until then. */
  | { readonly do: 'advanceTo'; readonly nth: number; readonly offsetMs: number }
  /** Somebody sets the wall clock. */
  | { readonly do: 'jump'; readonly ms: number }

export const keys = Array.from({ length: 12 }, (_, index) => `page-${index}`)
export const clients: Client[] = [
  { clientKey: 'a', runId: null },
  { clientKey: 'b', runId: null },
  { clientKey: 'c', runId: 'run-1' },
  { clientKey: 'd', runId: 'run-1' },
  { clientKey: 'e', runId: 'run-2' },
  { clientKey: 'a', runId: 'run-2' },
]
