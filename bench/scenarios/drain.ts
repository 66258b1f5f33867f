import type { Loaded } from '../rounds/round.ts'
import type { Taken } from '../rounds/takes.ts'
import type { RowContext } from './row-context.ts'

/** Bounds a drain. A slower one is cut off here, and its rate is that until then. */
const drainMsMax = 15_000

/** Eight clients take everything that the queue has. */
export async function drain(
  { round, given }: RowContext,
  queue: Loaded,
  connections: number,
  processes: number,
): Promise<Taken> {
  const shape = { warmUpMs: given.warmUpMs, measureMs: drainMsMax, connections, clients: 8 }
  return round.measure('drain', queue, shape, processes)
}
