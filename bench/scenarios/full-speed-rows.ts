import { batchSize } from '../load/calls.ts'
import { drain } from './drain.ts'
import { historyRows } from './history-rows.ts'
import type { Take } from './row-context.ts'
import { rulesRows } from './rules-rows.ts'

/** By the names in the table, in its order. */
export const fullSpeedRows: Readonly<Record<string, Take>> = {
  'single add': async ({ round, shape }, processes) =>
    round.measure('single-add', await round.newQueue(), shape, processes),
  'single add, half known': async (context, processes) => {
    const { queue, known } = await context.knownQueue()
    return context.round.measure('single-add-half-known', queue, { ...context.shape, known }, processes)
  },
  'get request': async (context, processes) => {
    const { queue, known } = await context.knownQueue()
    return context.round.measure('get-request', queue, { ...context.shape, known }, processes)
  },
  'mark handled': async (context, processes) => {
    const { queue, known } = await context.queueWith(context.given.markRequests)
    return context.round.measure('mark-handled', queue, { ...context.shape, known }, processes)
  },
  'batch add of 25': async ({ round, shape }, processes) =>
    round.measure('batch-add', await round.newQueue(), shape, processes),
  'head/lock of 25': async (context, processes) => {
    const { queue } = await context.queueWith(context.given.lockRequests)
    return context.round.measure('lock-head', queue, context.shape, processes)
  },
  prolong: async (context, processes) => {
    const { queue } = await context.queueWith(64 * batchSize)
    return context.round.measure('prolong', queue, context.shape, processes)
  },
  'drain, 8 clients': async (context, processes) => {
    const { queue } = await context.queueWith(context.given.drainRequests)
    return drain(context, queue, 64, processes)
  },
  // This runs at little more than half the speed, so half the requests take as long.
  'drain, 8 clients, one call each': async (context, processes) => {
    const { queue } = await context.queueWith(context.given.drainRequests / 2)
    return drain(context, queue, 8, processes)
  },
  'crawl cycle': async (context, processes) => {
    const { queue, known } = await context.queueWith(context.given.knownRequests)
    return context.round.measure('crawl-cycle', queue, { ...context.shape, known }, processes)
  },
  ...rulesRows,
  ...historyRows,
}

/** Rows that are measured only in a thorough run. */
export const thoroughRows = [
  'drain, 8 clients, one call each',
  ...Object.keys({ ...rulesRows, ...historyRows }),
]
