/** The oracle with planted faults in what people see of a queue, which the model must find. */
import type { QueueParams } from '../../src/store/params/queues.ts'
import type { Fault } from '../histories/faulty-store.ts'
import type { MemoryStore } from './memory-store.ts'
import type { StoredQueue, StoredRequest } from './stored.ts'

/** Faults by which a store contradicts itself. They show without a second store beside it. */
export const contradictions: Readonly<Record<string, Fault>> = {
  'an explanation whose next requests come in another order': (right) => ({
    async explainQueue(params) {
      const said = await right.explainQueue(params)
      return { ...said, next: said.next.toReversed() }
    },
  }),

  'an explanation that forgets the rules': (right) => ({
    explainQueue: (params) =>
      seenAs(
        right,
        params,
        ({ policy }) => ({ policy: { ...policy, rules: [] } }),
        () => right.explainQueue(params),
      ),
  }),

  'an explanation that forgets priorities': (right) => ({
    explainQueue: (params) =>
      seenAs(
        right,
        params,
        ({ policy, requests }) => ({
          policy: { ...policy, priorities: [] },
          requests: requests.map(withoutWishes),
        }),
        () => right.explainQueue(params),
      ),
  }),

  'a pause that nobody sees': (right) => ({
    explainQueue: (params) =>
      seenAs(
        right,
        params,
        ({ policy }) => ({ policy: { ...policy, isPaused: false } }),
        () => right.explainQueue(params),
      ),
  }),

  'a request shown as available while its host holds it back': (right) => ({
    findRequests: (params) =>
      seenAs(
        right,
        params,
        ({ policy }) => ({ policy: { ...policy, rules: [] }, groups: new Map() }),
        () => right.findRequests(params),
      ),
  }),

  'failures of requests that came through in the end': (right) => ({
    listFailures: (params) =>
      seenAs(
        right,
        params,
        ({ requests }) => ({ requests: requests.map(withoutCrawleeState) }),
        () => right.listFailures(params),
      ),
  }),

  'a host whose locks are not counted': (right) => ({
    async listHosts(params) {
      const page = await right.listHosts(params)
      return { ...page, items: page.items.map((item) => ({ ...item, locked: 0 })) }
    },
  }),

  'a client that holds one too many': (right) => ({
    async listClients(params) {
      const page = await right.listClients(params)
      const items = page.items.map((item) => ({
        ...item,
        locked: item.locked === 0 ? 0 : item.locked + 1,
      }))
      return { ...page, items }
    },
  }),

  'an action that counts one request less than there are': (right) => ({
    async actOnRequests(params) {
      const outcome = await right.actOnRequests(params)
      const isLess = params.isDryRun && 'matched' in outcome && outcome.matched > 1
      return isLess ? { ...outcome, matched: outcome.matched - 1 } : outcome
    },
  }),
}

/** Faults that only the oracle beside the store, or the time that passes, can show. */
export const untruths: Readonly<Record<string, Fault>> = {
  'a moment that comes one millisecond after it was foreseen': (right) => ({
    async explainQueue(params) {
      const said = await right.explainQueue(params)
      const { nextAvailableAt } = said
      return { ...said, nextAvailableAt: nextAvailableAt === null ? null : nextAvailableAt - 1 }
    },
  }),

  'a host that holds requests back for another reason': (right) => ({
    async explainQueue(params) {
      const said = await right.explainQueue(params)
      return { ...said, held: said.held.map((host) => ({ ...host, reason: 'delay' as const })) }
    },
  }),

  'a client whose lost locks are forgotten': (right) => ({
    async listClients(params) {
      const page = await right.listClients(params)
      return { ...page, items: page.items.map((item) => ({ ...item, ranOut: 0 })) }
    },
  }),

  'a client that counts what others handled': (right) => ({
    async listClients(params) {
      const page = await right.listClients(params)
      return { ...page, items: page.items.map((item) => ({ ...item, handled: item.handedOut })) }
    },
  }),

  'a scheduled request without its moment': (right) => ({
    async findRequests(params) {
      const page = await right.findRequests(params)
      return { ...page, items: page.items.map((item) => ({ ...item, availableAt: null })) }
    },
  }),
}

/** A look at the queue as if parts of it were different. */
async function seenAs<Answer>(
  right: MemoryStore,
  { queue: address }: QueueParams,
  changed: (queue: StoredQueue) => Partial<StoredQueue>,
  look: () => Promise<Answer>,
): Promise<Answer> {
  const queue = 'queueId' in address ? right.storedQueue(address.queueId) : undefined
  if (queue === undefined) return look()
  right.replaceQueue({ ...queue, ...changed(queue) })
  // The oracle looks before it awaits anything.
  const answer = look()
  right.replaceQueue(queue)
  return answer
}

function withoutWishes(request: StoredRequest): StoredRequest {
  const { wishes: _, ...content } = request.content
  return { ...request, content }
}

function withoutCrawleeState(request: StoredRequest): StoredRequest {
  const { content } = request
  return {
    ...request,
    content: { ...content, otherFields: content.otherFields.replace('__crawlee', 'other') },
  }
}
