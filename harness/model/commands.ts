/**
 * The commands of the model test, as plain data: a command can be printed, shrunk, and run on any store.
 * There are few keys, clients, runs, sides and times, so that commands often meet.
 */
import fc from 'fast-check'
import type { ActionName } from '../../src/domain/actions/actions.ts'
import { noRun, type RequestFilter } from '../../src/domain/insight/request-filter.ts'
import { type Standing, standings } from '../../src/domain/insight/standing.ts'
import type { Client } from '../../src/domain/lifecycle.ts'
import type { Side } from '../../src/domain/order.ts'
import type { LockedHead } from '../../src/store/params/head-and-locks.ts'
import { type HostSort, hostSorts } from '../../src/store/params/insight.ts'
import type { PolicyDocument } from './policy-document.ts'

/** The queues that commands refer to: two with these names, and the unnamed queue that was created last. */
export const slots = ['crawl', 'shop', 'unnamed'] as const
type Slot = (typeof slots)[number]

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

// Generators of commands

const second = 1000
export const keys = Array.from({ length: 12 }, (_, index) => `page-${index}`)
const newOrOld = fc.constantFrom(...keys)
const key = fc.constantFrom(...keys, ...keys.map(() => held))
export const clients: Client[] = [
  { clientKey: 'a', runId: null },
  { clientKey: 'b', runId: null },
  { clientKey: 'c', runId: 'run-1' },
  { clientKey: 'd', runId: 'run-1' },
  { clientKey: 'e', runId: 'run-2' },
  { clientKey: 'a', runId: 'run-2' },
]
const client = fc.constantFrom<Client | 'holder'>(...clients, 'holder', 'holder', 'holder')
const side = fc.constantFrom<Side>('end', 'forefront')
const slot = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Slot>('crawl') },
  { weight: 3, arbitrary: fc.constantFrom(...slots) },
)
const by = fc.constantFrom<OnQueue['by']>('id', 'id', 'id', 'name', 'owner')
const lockMs = fc.constantFrom(1, second, 2 * second, 2 * second, 5 * second, 60 * second)
/** What a crawler says of a request that failed, and of one that came through after it had failed. */
export const failing = [
  '"userData":{},"errorMessages":["Error: 404 at https://a.test/7"]',
  '"userData":{"__crawlee":{"state":6}},"errorMessages":["Error: 404","TimeoutError: 30 seconds"]',
  '"userData":{"__crawlee":{"state":4}},"errorMessages":["Error: 404"]',
]
const sentParts = {
  key,
  handled: fc.constantFrom(false, false, false, false, true),
  retryCount: fc.nat(3),
  note: fc.constantFrom('', '"userData":{"n":1}', '"userData":{"n":"žluť"}', ...failing),
}
const sent: fc.Arbitrary<Sent> = fc.record(sentParts)
const added: fc.Arbitrary<Sent> = fc.record({ ...sentParts, key: newOrOld })
const handling: fc.Arbitrary<Sent> = sent.map((request) => ({ ...request, handled: true }))
const onQueue = { slot, by }
const byClient = { ...onQueue, client }

/** Calls that change something and may be sent together. */
const change: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('addRequests' as const),
      ...byClient,
      requests: fc.array(added, { minLength: 1, maxLength: 5 }),
      side,
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('lockHead' as const),
      ...byClient,
      limit: fc.constantFrom(1, 1, 2, 3, 25),
      lockMs,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('prolongLock' as const),
      ...byClient,
      key,
      lockMs,
      side: fc.option(side, { nil: undefined }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('deleteLock' as const), ...byClient, key, side }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('unlockRequests' as const),
      ...byClient,
      hasClientKey: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('updateRequest' as const), ...byClient, request: sent, side }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('updateRequest' as const), ...byClient, request: handling, side }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deleteRequest' as const), ...byClient, key }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('deleteRequests' as const),
      ...byClient,
      keys: fc.array(newOrOld, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('returnLocks' as const), ...onQueue }) },
)

/** Mostly by state alone. */
const filterParts = fc.record(
  {
    url: fc.constantFrom('page-1', 'a.test', 'nowhere'),
    host: fc.constantFrom('example.com', 'a.test', 'www.a.test'),
    label: fc.constantFrom('detail', 'list'),
    error: fc.constantFrom('404', 'TimeoutError: 30', 'nothing'),
    client: fc.constantFrom('a', 'b', 'c'),
    run: fc.constantFrom(noRun, 'run-1', 'run-2'),
    retryCountMin: fc.constantFrom(1, 3),
  },
  { requiredKeys: [] },
)

/** A walk through the hosts of a queue. */
export function listingHosts(on: fc.Arbitrary<OnQueue>): fc.Arbitrary<Command> {
  return fc
    .record({
      on,
      sort: fc.constantFrom(...hostSorts),
      desc: fc.boolean(),
      limit: fc.constantFrom(1, 2, 1000),
    })
    .map(({ on, ...rest }) => ({ do: 'listHosts', ...on, ...rest }))
}

/** A walk through the requests that a random filter chooses. */
export function finding(on: fc.Arbitrary<OnQueue>): fc.Arbitrary<Command> {
  return fc
    .record({
      on,
      states: fc.option(fc.subarray([...standings], { minLength: 1 }), { nil: null, freq: 8 }),
      filter: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: filterParts }),
      limit: fc.constantFrom(1, 2, 5, 1000),
      examinedMax: fc.constantFrom(1, 3, 1000),
    })
    .map(({ on, ...rest }) => ({ do: 'findRequests', ...on, ...rest }))
}

const read: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('getRequest' as const), ...onQueue, key }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('listRequests' as const),
      ...byClient,
      limit: fc.constantFrom(1, 2, 5, 1000),
      afterKey: fc.option(newOrOld, { nil: null }),
      filter: fc.constantFrom<('locked' | 'pending')[] | null>(
        null,
        ['locked'],
        ['pending'],
        ['locked', 'pending'],
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('listHead' as const),
      ...byClient,
      limit: fc.constantFrom(1, 3, 1000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('explainQueue' as const), ...onQueue }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('foresee' as const), ...byClient, lockMs }) },
  { weight: 3, arbitrary: finding(fc.record(onQueue)) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('listFailures' as const), ...onQueue }) },
  { weight: 2, arbitrary: listingHosts(fc.record(onQueue)) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('listClients' as const),
      ...onQueue,
      limit: fc.constantFrom(1, 2, 1000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('getQueue' as const),
      ...onQueue,
      user: fc.constantFrom('alice' as const, 'alice' as const, 'alice' as const, 'bob' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('listQueues' as const),
      offset: fc.nat(3),
      limit: fc.constantFrom(1, 2, 1000),
      desc: fc.boolean(),
      unnamed: fc.boolean(),
    }),
  },
)

/** Rare, because most of these leave little state behind in which something can go wrong. */
const queueChange: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('getOrCreateQueue' as const), slot }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('updateQueue' as const),
      ...onQueue,
      name: fc.constantFrom<string | null | undefined>(
        'crawl',
        'SHOP',
        'other',
        '-',
        null,
        undefined,
        undefined,
      ),
      title: fc.constantFrom<string | null | undefined>('A title', null, undefined),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deleteQueue' as const), ...onQueue }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('expireQueues' as const),
      retentionMs: fc.constantFrom(60 * second, 3600 * second),
    }),
  },
)

const time: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      ms: fc.constantFrom(1, 999, second, second, 2 * second, 5 * second, 60 * second),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('jump' as const),
      ms: fc.constantFrom(-3600 * second, -second, -1, 1, second, 3600 * second),
    }),
  },
)

/**
 * Calls that are sent together name the queue by ID. A name may have to be looked up first, which would make
 * their order unpredictable. test/histories covers calls in any order.
 */
function byId(command: Command): Command {
  return 'by' in command ? { ...command, by: 'id' } : command
}

/** Calls that change something, sent together. */
export const anyTogether: fc.Arbitrary<Command> = fc.record({
  do: fc.constant('together' as const),
  commands: fc.array(change.map(byId), { minLength: 2, maxLength: 5 }),
})

/** Any command. Most of them change a request or a lock. */
export const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 55, arbitrary: change },
  { weight: 14, arbitrary: read },
  { weight: 18, arbitrary: time },
  { weight: 4, arbitrary: queueChange },
  { weight: 4, arbitrary: anyTogether },
)
