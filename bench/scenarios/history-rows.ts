/** Rows of a queue whose policy keeps histories: each is held against the same row without. */
import { drain } from './drain.ts'
import type { Take } from './row-context.ts'
import { setPolicy } from './rules-rows.ts'

/** By the names in the table. */
export const historyRows: Readonly<Record<string, Take>> = {
  'single add with history': async ({ round, shape }, processes) => {
    const queue = await round.newQueue()
    await setPolicy(queue, { history: true })
    return round.measure('single-add', queue, shape, processes)
  },
  'batch add of 25 with history': async ({ round, shape }, processes) => {
    const queue = await round.newQueue()
    await setPolicy(queue, { history: true })
    return round.measure('batch-add', queue, shape, processes)
  },
  'drain with history, 8 clients': async (context, processes) => {
    const { round, given } = context
    const queue = await round.newQueue()
    await setPolicy(queue, { history: true })
    await round.preload(queue, given.drainRequests)
    return drain(context, queue, 64, processes)
  },
}

/** The row without histories that each is held against. */
export const withoutHistory: Readonly<Record<string, string>> = {
  'single add with history': 'single add',
  'batch add of 25 with history': 'batch add of 25',
  'drain with history, 8 clients': 'drain, 8 clients',
}
