import { availableParallelism } from 'node:os'
import type { LoadResult } from '../load/load.ts'
import type { Cost } from '../machine/cost.ts'
import { disturbanceOf, disturbanceSize } from '../machine/disturbance.ts'
import { Proc } from '../machine/proc.ts'
import { untilQuiet, watchOf } from '../machine/quiet.ts'

/** What a load did, and what it cost; null where the system does not tell. */
export interface Taken {
  readonly load: LoadResult
  readonly cost: Cost | null
}

/** The one of several takes that is to be trusted most. */
export interface Accepted extends Taken {
  /** How often it was taken, this one included. */
  readonly takes: number
}

/** What was found, and what all that belongs to it cost: of a pair, both halves. */
export interface Tried<Result> {
  readonly result: Result
  readonly costs: readonly Cost[]
}

/**
 * Takes it again while others were busy or the load was: with one process of the load more then, if the machine has a core
 * for it. When each was disturbed, the one that was disturbed least is accepted.
 *
 * @param take prepares what it needs and measures once, with so many processes of the load at the most
 * @param quiet waits before it is taken again
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

/** One load, taken as `leastDisturbed` says. */
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
