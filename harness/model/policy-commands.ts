/**
 * Commands for queues with policies. There are few hosts, so that groups are at their bounds most of the time,
 * and time goes to the moments at which something changes, or to a millisecond before or after one.
 */
import fc from 'fast-check'
import { actionNames } from '../../src/domain/actions/actions.ts'
import { standings } from '../../src/domain/insight/standing.ts'
import type { Side } from '../../src/domain/order.ts'
import { anyPolicy, hosts, priority } from './any-policy.ts'
import { type Command, clients, held, lost, type Sent } from './commands.ts'
import { failing, finding, listingHosts } from './usual-commands.ts'

const second = 1000
export const keys = Array.from({ length: 14 }, (_, index) => `site-${index}`)

const key = fc.constantFrom(...keys, ...keys.map(() => held))
const client = fc.constantFrom(...clients.slice(0, 4), 'holder' as const, 'holder' as const)
const byClient = { slot: fc.constant('crawl' as const), by: fc.constant('id' as const), client }
const onQueue = { slot: byClient.slot, by: byClient.by }
const side = fc.constantFrom<Side>('end', 'end', 'end', 'forefront')
const lockMs = fc.constantFrom(1, second, 2 * second, 2 * second, 5 * second, 60 * second)
const note = fc.constantFrom(
  '',
  '',
  '"userData":{"label":"detail"}',
  '"userData":{"label":"list"}',
  ...failing,
)
const asks = fc.oneof(
  { weight: 9, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: priority.map((asked) => ({ priority: asked })) },
  { weight: 1, arbitrary: fc.constantFrom(1, second, 3 * second).map((delayMs) => ({ delayMs })) },
  { weight: 1, arbitrary: fc.constantFrom(-second, 1, 2 * second).map((inMs) => ({ notBeforeInMs: inMs })) },
)

/** Mostly on the host that the key always has. */
function sent(handled: boolean, ofKey = key): fc.Arbitrary<Sent> {
  const moved = fc.oneof(
    { weight: 12, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom(...hosts) },
  )
  const parts = { key: ofKey, retryCount: fc.nat(3), note, asks, moved }
  return fc.record(parts).map(({ moved, ...request }) => ({
    ...request,
    handled,
    host: moved ?? hosts[Number(request.key.replace(/\D/g, '')) % hosts.length]!,
  }))
}

const change: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 22,
    arbitrary: fc.record({
      do: fc.constant('lockHead' as const),
      ...byClient,
      limit: fc.constantFrom(1, 1, 2, 3, 25, 25),
      lockMs,
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant('addRequests' as const),
      ...byClient,
      requests: fc.array(sent(false, fc.constantFrom(...keys)), { minLength: 1, maxLength: 6 }),
      side,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('updateRequest' as const),
      ...byClient,
      request: sent(true),
      side,
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('updateRequest' as const),
      ...byClient,
      request: sent(false),
      side,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('prolongLock' as const),
      ...byClient,
      key: fc.oneof(fc.constant(held), key),
      lockMs,
      side: fc.option(side, { nil: undefined, freq: 1 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('deleteLock' as const), ...byClient, key, side }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('unlockRequests' as const),
      ...byClient,
      hasClientKey: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('returnLocks' as const), ...onQueue }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deleteRequest' as const), ...byClient, key }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('act' as const),
      ...onQueue,
      action: fc.constantFrom(...actionNames),
      keys: fc.oneof(
        { weight: 6, arbitrary: fc.uniqueArray(fc.constantFrom(...keys), { minLength: 1, maxLength: 3 }) },
        { weight: 3, arbitrary: fc.constant(null) },
      ),
      states: fc.option(fc.uniqueArray(fc.constantFrom(...standings), { minLength: 1, maxLength: 2 }), {
        freq: 4,
      }),
      inMs: fc.constantFrom(-second, 1, 2 * second),
    }),
  },
)

const putPolicy: fc.Arbitrary<Command> = fc.record({
  do: fc.constant('putPolicy' as const),
  ...onQueue,
  document: anyPolicy,
})

const policyChange: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: putPolicy },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deletePolicy' as const), ...onQueue }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('setCooldown' as const),
      ...onQueue,
      group: fc.constantFrom(...hosts),
      inMs: fc.constantFrom(-second, 1, second, 5 * second),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('endCooldown' as const),
      ...onQueue,
      group: fc.constantFrom(...hosts),
    }),
  },
)

const read: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('listHead' as const),
      ...byClient,
      limit: fc.constantFrom(1, 5, 1000, 1000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('getRequest' as const), ...onQueue, key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('getHistory' as const), ...onQueue, key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('getPolicy' as const), ...onQueue }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('explainQueue' as const), ...onQueue }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('foresee' as const), ...byClient, lockMs }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('listClients' as const),
      ...onQueue,
      limit: fc.constantFrom(1, 2, 1000),
    }),
  },
  { weight: 4, arbitrary: finding(fc.record(onQueue)) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('listFailures' as const), ...onQueue }) },
  { weight: 4, arbitrary: listingHosts(fc.record(onQueue)) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('listRequests' as const),
      ...byClient,
      limit: fc.constant(1000),
      afterKey: fc.constant(null),
      filter: fc.constantFrom<('locked' | 'pending')[]>(['locked'], ['pending']),
    }),
  },
)

const time: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('advanceTo' as const),
      nth: fc.constantFrom(0, 0, 0, 0, 1, 2, 3),
      offsetMs: fc.constantFrom(-1, 0, 0, 1),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      ms: fc.constantFrom(1, second, 2 * second, 60 * second),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('jump' as const),
      ms: fc.constantFrom(-3600 * second, -1, 1, 3 * second),
    }),
  },
)

/** An action that chooses by states finds first and changes then, so it has no one moment among other calls. */
const atOnce = change.filter((command) => command.do !== 'act' || command.keys !== null)

const together: fc.Arbitrary<Command> = fc.record({
  do: fc.constant('together' as const),
  commands: fc.array(fc.oneof({ weight: 9, arbitrary: atOnce }, { weight: 1, arbitrary: policyChange }), {
    minLength: 2,
    maxLength: 4,
  }),
})

/** A command on a queue with a policy. */
export const anyPolicyCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 60, arbitrary: change },
  { weight: 26, arbitrary: time },
  { weight: 8, arbitrary: read },
  { weight: 6, arbitrary: policyChange },
  { weight: 3, arbitrary: together },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('revisitRequests' as const), ...onQueue }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
)

/** Locks run out, others get requests of the same hosts, and the first client wants its own back. */
const comesBack: fc.Arbitrary<Command[]> = fc
  .record({ concurrency: fc.constantFrom(null, 1, 2), limit: fc.constantFrom(1, 25), lockMs })
  .map(({ concurrency, limit, lockMs }): Command[] => {
    const on = { slot: 'crawl', by: 'id' } as const
    const commands: Command[] = [
      { do: 'lockHead', ...on, client: clients[0]!, limit, lockMs: 1 },
      { do: 'advance', ms: 1 },
      { do: 'lockHead', ...on, client: clients[1]!, limit: 25, lockMs },
      { do: 'prolongLock', ...on, client: 'earlier', key: lost, lockMs, side: undefined },
    ]
    if (concurrency === null) return commands
    return [{ do: 'putPolicy', ...on, document: { rules: [{ hosts: ['*'], concurrency }] } }, ...commands]
  })

/** Several cooldowns of one host, of which the latest counts, and a look between their ends. */
const coolsTwice: fc.Arbitrary<Command[]> = fc
  .record({ group: fc.constantFrom(...hosts), times: fc.shuffledSubarray([second, 2 * second, 5 * second]) })
  .map(({ group, times }): Command[] => {
    const on = { slot: 'crawl', by: 'id' } as const
    return [
      ...times.map((inMs): Command => ({ do: 'setCooldown', ...on, group, inMs })),
      { do: 'advance', ms: 2 * second },
      { do: 'lockHead', ...on, client: clients[0]!, limit: 25, lockMs: second },
    ]
  })

/** Commands that begin with a policy and with requests on several hosts. */
export function policyScript(
  maxLength: number,
  anyOf: fc.Arbitrary<Command> = anyPolicyCommand,
): fc.Arbitrary<Command[]> {
  const first: Command = {
    do: 'addRequests',
    slot: 'crawl',
    by: 'id',
    client: clients[0]!,
    side: 'end',
    requests: keys.slice(0, 10).map((key, index) => {
      return { key, handled: false, retryCount: 0, note: '', host: hosts[index % hosts.length]! }
    }),
  }
  const some = fc.oneof(
    { weight: 20, arbitrary: anyOf.map((command) => [command]) },
    { weight: 2, arbitrary: comesBack },
    { weight: 1, arbitrary: coolsTwice },
  )
  const rest = fc.array(some, { minLength: 1, maxLength, size: 'max' })
  return fc.tuple(putPolicy, rest).map(([policy, commands]) => [first, policy, ...commands.flat()])
}
