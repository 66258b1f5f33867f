/** The oracle with planted faults in what it makes of policies, which the model and the histories must find. */

import type { QueueParams } from '../../src/store/params/queues.ts'
import type { Fault } from '../histories/faulty-store.ts'
import type { MemoryStore } from './memory-store.ts'
import type { StoredQueue } from './stored.ts'
import { due, locked } from './stored-queue.ts'

export const policyFaults: Readonly<Record<string, Fault>> = {
  'a group one above its rule': (right) => ({
    lockHead: (params) =>
      meanwhile(
        right,
        params,
        (queue) => {
          const rules = queue.policy.rules.map((rule) => {
            return { ...rule, concurrency: rule.concurrency === null ? null : rule.concurrency + 1 }
          })
          return { policy: { ...queue.policy, rules } }
        },
        () => right.lockHead(params),
      ),
  }),

  'a delay that counts from the hand-out alone': (right) => ({
    lockHead: (params) =>
      meanwhile(
        right,
        params,
        ({ groups }) => {
          const endedAt = Number.NEGATIVE_INFINITY
          return { groups: new Map([...groups].map(([name, record]) => [name, { ...record, endedAt }])) }
        },
        () => right.lockHead(params),
      ),
  }),

  'a delay one millisecond short': (right) => ({
    lockHead: (params) =>
      meanwhile(
        right,
        params,
        (queue) => {
          const rules = queue.policy.rules.map((rule) => ({
            ...rule,
            delayMs: Math.max(0, rule.delayMs - 1),
          }))
          return { policy: { ...queue.policy, rules } }
        },
        () => right.lockHead(params),
      ),
  }),

  'a request passed over for good': (right, random) => {
    const lost = new Set<string>()
    return {
      async lockHead(params) {
        const queue = queueOf(right, params)
        if (queue === undefined) return right.lockHead(params)
        const hidden = queue.requests.filter(({ content }) => lost.has(content.id))
        queue.requests = queue.requests.filter((request) => !hidden.includes(request))
        const answer = right.lockHead(params)
        queue.requests.push(...hidden)
        const head = await answer
        const first = due(queue, head.lockExpiresAt - params.lockMs)[0]
        if (head.items.length > 0 && first !== undefined && random.next() < 0.2) lost.add(first.content.id)
        return { ...head, queueHasLockedRequests: queue.requests.some(({ place }) => place !== null) }
      },
    }
  },

  'a flag that ends the crawl early': (right) => ({
    async lockHead(params) {
      const head = await right.lockHead(params)
      const queue = queueOf(right, params)
      const queueHasLockedRequests = queue !== undefined && locked(queue).length > 0
      return { ...head, queueHasLockedRequests }
    },
  }),

  'priorities ignored': (right) => ({
    lockHead: (params) =>
      meanwhile(
        right,
        params,
        ({ policy }) => ({ policy: { ...policy, priorities: [] } }),
        () => right.lockHead(params),
      ),
  }),

  'an expired lock taken back above the rule': (right) => ({
    prolongLock: (params) =>
      meanwhile(
        right,
        params,
        ({ policy }) => ({ policy: { ...policy, rules: [] } }),
        () => right.prolongLock(params),
      ),
  }),

  'a cooldown that ends with the next request': (right) => ({
    async addRequests(params) {
      const answer = await right.addRequests(params)
      const queue = queueOf(right, params)
      for (const group of queue?.groups.keys() ?? []) await right.endCooldown({ ...params, group })
      return answer
    },
  }),

  'a retry curve ignored': (right) => ({
    updateRequest: (params) =>
      meanwhile(
        right,
        params,
        ({ policy }) => ({ policy: { ...policy, retry: null } }),
        () => right.updateRequest(params),
      ),
  }),

  'a request given up one lock too late': (right) => ({
    lockHead: (params) =>
      meanwhile(
        right,
        params,
        ({ policy }) => {
          const { lockExpiriesMax } = policy
          return {
            policy: { ...policy, lockExpiriesMax: lockExpiriesMax === null ? null : lockExpiriesMax + 1 },
          }
        },
        () => right.lockHead(params),
      ),
  }),
}

/** Changes parts of the queue while a call is performed, which the oracle does before it awaits anything. */
function meanwhile<Answer>(
  store: MemoryStore,
  params: QueueParams,
  changed: (queue: StoredQueue) => Partial<StoredQueue>,
  call: () => Promise<Answer>,
): Promise<Answer> {
  const queue = queueOf(store, params)
  if (queue === undefined) return call()
  const { policy, groups } = queue
  Object.assign(queue, changed(queue))
  const changedGroups = queue.groups
  const answer = call()
  queue.policy = policy
  if (changedGroups !== groups) {
    // What the call noted stays.
    for (const [name, record] of changedGroups) {
      groups.set(name, {
        ...record,
        endedAt: Math.max(record.endedAt, groups.get(name)?.endedAt ?? record.endedAt),
      })
    }
  }
  queue.groups = groups
  return answer
}

function queueOf(store: MemoryStore, { queue }: QueueParams): StoredQueue | undefined {
  return 'queueId' in queue ? store.storedQueue(queue.queueId) : undefined
}
