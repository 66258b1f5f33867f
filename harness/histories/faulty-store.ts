/** The oracle with a planted fault that the checker and the comparison with the model must find. */

import type { QueueParams } from '../../src/store/params/queues.ts'
import type { Store } from '../../src/store/store.ts'
import { MemoryStore } from '../oracle/memory-store.ts'
import type { Random } from '../random.ts'
import { TestClock } from '../test-clock.ts'
import type { Ways } from './workload.ts'

/** Replaces some methods of a correct store. */
export type Fault = (right: MemoryStore, random: Random) => Partial<Store>

const yearMs = 365 * 86_400_000

/** The faulty store and its clock. */
export function openFaultyStore(fault: Fault, random: Random): { store: Store; clock: TestClock } {
  const clock = new TestClock()
  const right = new MemoryStore(clock)
  const replaced = fault(right, random)
  const store = new Proxy(right, {
    get: (_, name: keyof Store) => replaced[name] ?? right[name].bind(right),
  })
  return { store, clock }
}

/** The same store, with concurrent calls in any order. */
export function openFaultyWays(fault: Fault, random: Random): Ways {
  const { store, clock } = openFaultyStore(fault, random)
  const wandering = new Proxy(store, {
    get: (_, name: keyof Store) => async (params: never) => {
      await wander(random)
      const answer = await store[name](params)
      await wander(random)
      return answer
    },
  })
  return { stores: [wandering], clock, movesClockMeanwhile: true }
}

/**
 * Delays a call by a random number of turns, so that calls overtake each other as with threads and
 * connections.
 */
async function wander(random: Random): Promise<void> {
  for (let turns = random.between(0, 3); turns > 0; turns--) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** True for a part of the calls. A fault that always shows would be too easy to find. */
function isWrong(random: Random): boolean {
  return random.next() < 0.1
}

/** Ignores that the request is already gone. */
function somebodyWasFaster(): void {}

export const faults: Readonly<Record<string, Fault>> = {
  'a lock that does not expire': (right, random) => ({
    async lockHead(params) {
      const head = await right.lockHead(params)
      const [first] = head.items
      if (first === undefined || !isWrong(random)) return head
      await right
        .prolongLock({ ...params, requestId: first.id, lockMs: yearMs, side: undefined })
        .catch(somebodyWasFaster)
      return head
    },
  }),

  'a lost add': (right, random) => ({
    async addRequests(params) {
      const added = await right.addRequests(params)
      const last = added.at(-1)!
      if (!last.wasAlreadyPresent && isWrong(random))
        await right.deleteRequest({ ...params, requestId: last.requestId }).catch(somebodyWasFaster)
      return added
    },
  }),

  'a request that stays unhandled': (right, random) => ({
    async updateRequest(params) {
      const isLost = params.request.handledAt !== null && isWrong(random)
      return right.updateRequest(
        isLost ? { ...params, request: { ...params.request, handledAt: null } } : params,
      )
    },
  }),

  'a count off by one': (right, random) => ({
    async getQueue(params) {
      const view = await right.getQueue(params)
      return isWrong(random) ? { ...view, totalRequestCount: view.totalRequestCount + 1 } : view
    },
  }),

  'one request handed to two clients': (right, random) => ({
    async lockHead(params) {
      if (!isWrong(random)) return right.lockHead(params)
      const head = await right.lockHead(params)
      const requestIds = head.items.map(({ id }) => id)
      const { clientKey } = params.client
      await right.returnLocks({ ...params, clientKey, requestIds, lockExpiresAt: head.lockExpiresAt })
      return head
    },
  }),

  'forefront ignored': (right) => ({
    addRequests: (params) => right.addRequests({ ...params, side: 'end' }),
  }),

  'a head in the wrong order': (right) => ({
    async listHead(params) {
      const head = await right.listHead(params)
      return { ...head, items: head.items.toReversed() }
    },
  }),

  'a stale read': (right, random) => {
    const seen = new Map<string, Awaited<ReturnType<Store['getRequest']>>>()
    return {
      async getRequest(params) {
        const known = `${idOf(params)} ${params.requestId}`
        const old = seen.get(known)
        if (old !== undefined && random.next() < 0.5) return old
        const view = await right.getRequest(params)
        seen.set(known, view)
        return view
      },
    }
  },

  'locks that are not reported': (right, random) => ({
    async lockHead(params) {
      const head = await right.lockHead(params)
      return isWrong(random) ? { ...head, queueHasLockedRequests: false } : head
    },
  }),

  'an unlock that misses one lock': (right) => ({
    async unlockRequests(params) {
      const { unlockedCount } = await right.unlockRequests(params)
      return { unlockedCount: Math.max(0, unlockedCount - 1) }
    },
  }),
}

export const noFault: Fault = () => ({})

function idOf({ queue }: QueueParams): string {
  return 'queueId' in queue ? queue.queueId : queue.queueName
}
