/** Random commands on queues of all kinds. There are few keys, clients, runs, sides and times, so that commands often meet. */
import fc from 'fast-check'
import { noRun } from '../../src/domain/insight/request-filter.ts'
import { standings } from '../../src/domain/insight/standing.ts'
import type { Client } from '../../src/domain/lifecycle.ts'
import type { Side } from '../../src/domain/order.ts'
import { hostSorts } from '../../src/store/params/insight.ts'
import { type Command, clients, held, keys, type OnQueue, type Sent, type Slot, slots } from './commands.ts'

const second = 1000
const newOrOld = fc.constantFrom(...keys)
const key = fc.constantFrom(...keys, ...keys.map(() => held))
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
