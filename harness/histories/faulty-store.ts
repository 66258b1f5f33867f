/** The oracle with a fault planted in it: what the checker and the comparison with the model have to find. */
import { ManualClock } from '../../src/store/clock.ts'
import type { QueueParams } from '../../src/store/params/queues.ts'
import type { Store } from '../../src/store/store.ts'
import { MemoryStore } from '../oracle/memory-store.ts'
import type { Random } from '../random.ts'
import type { Ways } from './workload.ts'

/** Replaces some of the methods of a store that is right. */
export type Fault = (right: Store, random: Random) => Partial<Store>

const yearMs = 365 * 86_400_000

/** The store and the clock it goes by. */
export function openFaultyStore(fault: Fault, random: Random): { store: Store; clock: ManualClock } {
  const clock = new ManualClock()
  const right = new MemoryStore(clock)
  const replaced = fault(right, random)
  const store = new Proxy(right, {
    get: (_, name: keyof Store) => replaced[name] ?? right[name].bind(right),
  })
  return { store, clock }
}

/** The same, and its calls cross each other. */
export function openFaultyWays(fault: Fault, random: Random): Ways {
  const { store, clock } = openFaultyStore(fault, random)
  const wandering = new Proxy(store, {
    get: (_, name: keyof Store) => async (ask: never) => {
      await wander(random)
      const answer = await store[name](ask)
      await wander(random)
      return answer
    },
  })
  return { stores: [wandering], clock, movesClockMeanwhile: true }
}

/** Answers a call that comes after others sometimes before them, as threads and connections do. */
async function wander(random: Random): Promise<void> {
  for (let turns = random.between(0, 3); turns > 0; turns--) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Where a call is wrong often enough, only some are: a fault that always shows is no art to find. */
function isWrong(random: Random): boolean {
  return random.next() < 0.1
}

/** The request is gone already. */
function somebodyWasFaster(): void {}

export const faults: Readonly<Record<string, Fault>> = {
  'a lock that ignores its end': (right, random) => ({
    async lockHead(ask) {
      const head = await right.lockHead(ask)
      const [first] = head.items
      if (first === undefined || !isWrong(random)) return head
      await right
        .prolongLock({ ...ask, requestId: first.id, lockMs: yearMs, side: undefined })
        .catch(somebodyWasFaster)
      return head
    },
  }),

  'a lost add': (right, random) => ({
    async addRequests(ask) {
      const added = await right.addRequests(ask)
      const last = added.at(-1)!
      if (!last.wasAlreadyPresent && isWrong(random))
        await right.deleteRequest({ ...ask, requestId: last.requestId }).catch(somebodyWasFaster)
      return added
    },
  }),

  'a lost handling': (right, random) => ({
    async updateRequest(ask) {
      const isLost = ask.request.handledAt !== null && isWrong(random)
      return right.updateRequest(isLost ? { ...ask, request: { ...ask.request, handledAt: null } } : ask)
    },
  }),

  'a count off by one': (right, random) => ({
    async getQueue(ask) {
      const view = await right.getQueue(ask)
      return isWrong(random) ? { ...view, totalRequestCount: view.totalRequestCount + 1 } : view
    },
  }),

  'one request given to two': (right, random) => ({
    async lockHead(ask) {
      if (!isWrong(random)) return right.lockHead(ask)
      const head = await right.lockHead(ask)
      const requestIds = head.items.map(({ id }) => id)
      const { clientKey } = ask.client
      await right.returnLocks({ ...ask, clientKey, requestIds, lockExpiresAt: head.lockExpiresAt })
      return head
    },
  }),

  'a forefront that is none': (right) => ({
    addRequests: (ask) => right.addRequests({ ...ask, side: 'end' }),
  }),

  'a head in the wrong order': (right) => ({
    async listHead(ask) {
      const head = await right.listHead(ask)
      return { ...head, items: head.items.toReversed() }
    },
  }),

  'a read that is late': (right, random) => {
    const seen = new Map<string, Awaited<ReturnType<Store['getRequest']>>>()
    return {
      async getRequest(ask) {
        const known = `${idOf(ask)} ${ask.requestId}`
        const old = seen.get(known)
        if (old !== undefined && random.next() < 0.5) return old
        const view = await right.getRequest(ask)
        seen.set(known, view)
        return view
      },
    }
  },

  'no locks where there are some': (right, random) => ({
    async lockHead(ask) {
      const head = await right.lockHead(ask)
      return isWrong(random) ? { ...head, queueHasLockedRequests: false } : head
    },
  }),

  'an unlock that forgets one': (right) => ({
    async unlockRequests(ask) {
      const { unlockedCount } = await right.unlockRequests(ask)
      return { unlockedCount: Math.max(0, unlockedCount - 1) }
    },
  }),
}

export const noFault: Fault = () => ({})

function idOf({ queue }: QueueParams): string {
  return 'queueId' in queue ? queue.queueId : queue.queueName
}
