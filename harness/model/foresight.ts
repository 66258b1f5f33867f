/**
 * What people see of a queue is what head/lock then does (14.1), and what they see in one place agrees with what they see in
 * another. This asks one store alone, so it also finds what the oracle gets wrong in the same way.
 */
import assert from 'node:assert/strict'
import { everyRequest } from '../../src/domain/insight/request-filter.ts'
import { type Standing, standings } from '../../src/domain/insight/standing.ts'
import type { LockedHead } from '../../src/store/params/head-and-locks.ts'
import type { Explanation, HostView } from '../../src/store/params/insight.ts'
import type { QueueParams } from '../../src/store/params/queues.ts'
import type { Store } from '../../src/store/store.ts'

/** As many as `next` has at most. */
export const foreseenMax = 25
const all = { limit: 1000, after: null } as const

export interface Foresight {
  readonly said: Explanation
  readonly hosts: readonly HostView[]
  /** The IDs of the requests of each state. */
  readonly ids: Readonly<Record<Standing, readonly string[]>>
}

/** Asks everything. No other call may run meanwhile, and no time pass. */
export async function foresee(store: Store, params: QueueParams): Promise<Foresight> {
  const said = await store.explainQueue(params)
  const ids = await idsByStanding(store, params)
  const { counts } = said
  for (const standing of standings) {
    assert.equal(ids[standing].length, counts[standing], `explain counts what the requests say: ${standing}`)
  }
  const { items: hosts } = await store.listHosts({ ...params, ...all, sort: 'host', desc: false })
  assert.equal(sumOf(hosts, 'pending'), said.unhandledCount, 'the hosts have what is not handled')
  assert.equal(sumOf(hosts, 'locked'), counts.locked, 'the hosts have what is locked')
  const { items: clients } = await store.listClients({ ...params, ...all })
  const holders = clients.filter(({ locked }) => locked > 0)
  assert.deepEqual(
    holders
      .map(({ clientKey, runId, locked, nextExpiryAt }) => [clientKey, runId, locked, nextExpiryAt])
      .sort(),
    said.locked
      .map(({ clientKey, runId, count, nextExpiryAt }) => [clientKey, runId, count, nextExpiryAt])
      .sort(),
    'the clients hold what explain says',
  )
  const failures = await store.listFailures({ ...params, limit: all.limit })
  assert.equal(sumOf(failures.items, 'count'), counts.failed, 'the failures are those that explain counts')
  const { queue } = await store.inspectQueue(params)
  assert.equal(queue.totalRequestCount, said.unhandledCount + counts.handled, 'explain has all requests')
  assert.equal(queue.handledRequestCount, counts.handled, 'explain counts as the queue does')
  assertWaits(said, await store.whenAvailable(params))
  return { said, hosts, ids }
}

/** What head/lock gave right after that. */
export function assertKept({ said, ids }: Foresight, head: Pick<LockedHead, 'items'>): void {
  assertNext(said, head)
  const given = head.items.map(({ id }) => id)
  assert.deepEqual(
    given.filter((id) => !ids.available.includes(id)),
    [],
    'only what is available is handed out',
  )
}

export function assertNext(said: Explanation, { items }: Pick<LockedHead, 'items'>): void {
  assert.deepEqual(said.next, items, 'head/lock hands out what explain says comes next')
  // One that is given up is available until a head/lock meets it (13.12).
  if (said.givesUp) return
  assert.equal(
    items.length > 0,
    said.counts.available > 0,
    'something is handed out if something is available',
  )
}

/** A head/lock that waits is told in time (13.14). */
function assertWaits({ next, nextAvailableAt, readAt, givesUp }: Explanation, waitMs: number | null): void {
  if (next.length > 0) assert.equal(waitMs, 0, 'there is something, so nobody waits')
  if (nextAvailableAt === null || givesUp) return
  assert.ok(waitMs !== null && readAt + waitMs <= nextAvailableAt, 'whoever waits looks again in time')
}

async function idsByStanding(store: Store, params: QueueParams): Promise<Foresight['ids']> {
  const entries: [Standing, readonly string[]][] = []
  for (const standing of standings) {
    const filter = { ...everyRequest, states: new Set([standing]) }
    const { items } = await store.findRequests({ ...params, filter, afterId: null, limit: all.limit })
    for (const found of items) {
      const isFailed = standing === 'handled' && found.standing === 'failed'
      assert.ok(
        isFailed || found.standing === standing,
        `${found.uniqueKey} is ${found.standing}, not ${standing}`,
      )
    }
    const selection = { filter: { ...everyRequest, states: [standing] } }
    const action = { name: 'delete', keepsErrors: false, availableAt: null } as const
    const dry = { ...params, action, selection, isDryRun: true, answerWithinMs: 60_000 }
    const counted = await store.actOnRequests(dry)
    assert.ok(
      'matched' in counted && counted.matched === items.length,
      `an action counts those that are ${standing}`,
    )
    entries.push([standing, items.map(({ id }) => id)])
  }
  return Object.fromEntries(entries) as Record<Standing, readonly string[]>
}

function sumOf<Field extends string>(
  items: readonly Readonly<Record<Field, number>>[],
  field: Field,
): number {
  return items.reduce((sum, item) => sum + item[field], 0)
}
