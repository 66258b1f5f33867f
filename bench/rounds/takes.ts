import { availableParallelism } from 'node:os'
import type { LoadResult } from '../load/load.ts'
import type { Cost } from '../machine/cost.ts'
import { disturbanceOf, disturbanceSize } from '../machine/disturbance.ts'
import { Proc } from '../machine/proc.ts'
import { untilQuiet, watchOf } from '../machine/quiet.ts'

/** The result of a load and its cost; the cost is null where the system does not report it. */
export interface Taken {
  readonly load: LoadResult
  readonly cost: Cost | null
}

/** The most trustworthy of several measurements. */
export interface Accepted extends Taken {
  /** How often it was measured, including this time. */
  readonly takes: number
}

/** A result, and the costs of everything that belongs to it: of both halves, for a pair. */
export interface Tried<Result> {
  readonly result: Result
  readonly costs: readonly Cost[]
}

/**
 * Repeats a measurement while other processes or the load were too busy. After a busy load it uses one more
 * load process, if the machine has a core for it. If every measurement was disturbed, the least disturbed one
 * counts.
 *
 * @param take prepares and measures once, with at most so many load processes
 * @param quiet waits before each repeat
 */
export async function leastDisturbed<Result>(
  take: (processes: number) => Promise<Tried<Result>>,
  takesMax: number,
  quiet: () => Promise<void> = machineIsQuiet,
): Promise<{ readonly result: Result; readonly takes: number }> {
  let best: { readonly result: Result; readonly size: number } | undefined
  let processes = 1
  for (let takes = 1; ; takes++) {
    const { result, costs } = await take(processes)
    const size = Math.max(0, ...costs.map(disturbanceSize))
    if (best === undefined || size < best.size) best = { result, size }
    const disturbances = costs.flatMap((cost) => disturbanceOf(cost) ?? [])
    if (disturbances.length === 0 || takes >= takesMax) return { result: best.result, takes }
    if (disturbances.some(({ loadWasBusy }) => loadWasBusy)) {
      processes = Math.min(processes + 1, availableParallelism())
    }
    await quiet()
  }
}

/** One load, measured as `leastDisturbed` says. */
export async function accepted(
  take: (processes: number) => Promise<Taken>,
  takesMax: number,
): Promise<Accepted> {
  const { result, takes } = await leastDisturbed(async (processes) => {
    const taken = await take(processes)
    return { result: taken, costs: taken.cost === null ? [] : [taken.cost] }
  }, takesMax)
  return { ...result, takes }
}

async function machineIsQuiet(): Promise<void> {
  const proc = new Proc()
  if (proc.isThere()) await untilQuiet(watchOf(proc))
}
