/** The oracle with planted faults in actions and forks, which the model must find. */
import { setImmediate as turn } from 'node:timers/promises'
import type { ActOnRequests, Selection } from '../../src/store/params/jobs.ts'
import type { QueueParams } from '../../src/store/params/queues.ts'
import type { Fault } from '../histories/faulty-store.ts'
import type { MemoryStore } from './memory-store.ts'
import type { StoredRequest } from './stored.ts'

export const actionFaults: Readonly<Record<string, Fault>> = {
  'an action that goes by ID': (right) => ({
    actOnRequests: (params) => right.actOnRequests(named(right, params, () => true)),
  }),

  'an unlock that loses the side': (right) => ({
    async actOnRequests(params) {
      const locked = storedAt(right, params)?.filter(({ lock }) => lock !== null) ?? []
      const outcome = await right.actOnRequests(params)
      if (params.action.name !== 'unlock') return outcome
      for (const request of locked) {
        if (request.lock === null && request.place !== null) request.place = { ...request.place, side: 'end' }
      }
      return outcome
    },
  }),

  'an action that passes over one request': (right, random) => ({
    async actOnRequests(params) {
      if (random.next() < 0.5) return right.actOnRequests(params)
      const outcome = await right.actOnRequests({ ...params, isDryRun: true })
      let isFirst = true
      const rest = named(right, params, () => {
        const isKept = !isFirst
        isFirst = false
        return isKept
      })
      await right.actOnRequests(rest)
      return outcome
    },
  }),

  'a fork whose last request comes first': (right) => ({
    async forkQueue(params) {
      const forked = await right.forkQueue(params)
      const { requests } = right.storedQueue(forked.queue.id)!
      const [first] = requests
      const last = requests.at(-1)
      if (first !== undefined && last !== undefined) {
        const { place } = first
        first.place = last.place
        last.place = place
      }
      return forked
    },
  }),

  'a fork that copies how often requests were tried': (right) => ({
    async forkQueue(params) {
      const source = storedAt(right, params)
      const forked = await right.forkQueue(params)
      for (const copy of right.storedQueue(forked.queue.id)!.requests) {
        const { retryCount = 0 } =
          source?.find(({ content }) => content.id === copy.content.id)?.content ?? {}
        copy.content = { ...copy.content, retryCount }
      }
      return forked
    },
  }),
}

/** Faults that clients meet who work while the owner acts. */
export const faultsBesideClients: Readonly<Record<string, Fault>> = {
  'an unlock that loses the side': actionFaults['an unlock that loses the side']!,

  'an action that other calls run through': (right) => ({
    async actOnRequests(params) {
      const { selection } = params
      if (!('requestIds' in selection)) return right.actOnRequests(params)
      const sum = { matched: 0, done: 0 }
      for (const id of selection.requestIds) {
        const outcome = await right.actOnRequests({ ...params, selection: { requestIds: [id] } })
        if ('jobId' in outcome) return outcome
        sum.matched += outcome.matched
        sum.done += outcome.done
        await turn()
      }
      return sum
    },
  }),

  'an action after which the holder can take its lock back': (right) => ({
    async actOnRequests(params) {
      const held = storedAt(right, params)?.filter(({ lock }) => lock !== null) ?? []
      const holders = new Map(held.map((request) => [request, request.lock!.holder]))
      // The oracle acts before it awaits anything.
      const outcome = right.actOnRequests(params)
      for (const [request, holder] of holders) if (request.lock === null) request.lastHolder = holder
      return outcome
    },
  }),

  'an action that is acknowledged and not done': (right, random) => ({
    actOnRequests: async (params) => {
      if (random.next() < 0.8) return right.actOnRequests(params)
      const outcome = await right.actOnRequests({ ...params, isDryRun: true })
      return 'jobId' in outcome ? outcome : { ...outcome, done: outcome.matched }
    },
  }),

  'an action that leaves out the last one that is named': (right) => ({
    actOnRequests: (params) => {
      const { selection } = params
      if (!('requestIds' in selection)) return right.actOnRequests(params)
      return right.actOnRequests({ ...params, selection: { requestIds: selection.requestIds.slice(0, -1) } })
    },
  }),

  'an action on handled requests that means only those that failed': (right) => ({
    actOnRequests: (params) => {
      const { selection } = params
      if (!('filter' in selection) || !selection.filter.states?.includes('handled'))
        return right.actOnRequests(params)
      const filter = { ...selection.filter, states: ['failed' as const] }
      return right.actOnRequests({ ...params, selection: { filter } })
    },
  }),
}

/** The same action on the selected requests, which are named by their IDs in ascending order. */
function named(
  right: MemoryStore,
  params: ActOnRequests,
  isMeant: (request: StoredRequest) => boolean,
): ActOnRequests {
  const { selection } = params
  const requests = storedAt(right, params)
  if (requests === null || !('all' in selection)) return params
  const ids = requests.filter(isMeant).map(({ content }) => content.id)
  return { ...params, selection: { requestIds: ids.sort() } satisfies Selection }
}

function storedAt(right: MemoryStore, { queue }: QueueParams): readonly StoredRequest[] | null {
  return 'queueId' in queue ? (right.storedQueue(queue.queueId)?.requests ?? null) : null
}
