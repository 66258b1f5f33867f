import { measuredWithWrk } from '../baselines/wrk/take.ts'
import { hasWrk } from '../baselines/wrk/wrk.ts'
import { type Comparisons, wrkRows } from '../report/comparisons.ts'
import { type Measured, measuredOf, type RoundFigures, ratesOf } from '../rounds/figures.ts'
import type { Round } from '../rounds/round.ts'
import { accepted } from '../rounds/takes.ts'
import type { Durations } from './durations.ts'
import { fullSpeedRows, thoroughRows } from './full-speed-rows.ts'
import { latencyRows } from './latency-rows.ts'
import { LimitsOfRound } from './limits-of-round.ts'
import { RowContext } from './row-context.ts'

/** The warm-up with single adds, before any measurement. */
const warmUpMs = 600

/** The names of all workloads, in the order of the table. */
export const workloadNames: readonly string[] = [...Object.keys(fullSpeedRows), ...Object.keys(latencyRows)]

/**
 * Plays one round on fresh servers: every workload once, or the selected ones, with each limit right before
 * the workloads that are compared with it.
 *
 * @param only names of workloads; empty: those that there is time for
 */
export async function runRound(
  round: Round,
  given: Durations,
  comparisons: Comparisons,
  only: readonly string[],
): Promise<RoundFigures> {
  const context = new RowContext(round, given)
  await context.warmUp(warmUpMs)
  const limits = new LimitsOfRound(context, comparisons)
  const workloads: Record<string, Measured> = {}
  const fullSpeeds = new Map<string, number>()
  const takeFullSpeed = async (name: string) => {
    const taken = await accepted((processes) => fullSpeedRows[name]!(context, processes), given.takesMax)
    fullSpeeds.set(name, ratesOf(taken.load).callsPerSecond)
    return taken
  }

  for (const name of only.length === 0 ? workloadNames.filter((name) => hasTimeFor(name, given)) : only) {
    await limits.takeFor(name)
    const latency = latencyRows[name]
    if (latency === undefined) {
      workloads[name] = measuredOf(await takeFullSpeed(name))
      const byWrk = await withWrk(name, workloads[name], context)
      if (byWrk !== null) workloads[wrkRows[name]!] = byWrk
      continue
    }
    const { halfOf } = latency
    if (halfOf !== null && !fullSpeeds.has(halfOf)) await takeFullSpeed(halfOf)
    const fullCallsPerSecond = halfOf === null ? 0 : fullSpeeds.get(halfOf)!
    workloads[name] = measuredOf(
      await accepted(() => latency.take(context, fullCallsPerSecond), given.takesMax),
    )
  }
  return { limits: limits.rows, workloads, residentBytes: await round.residentBytes() }
}

function hasTimeFor(name: string, { isThorough, hasLoneClients }: Durations): boolean {
  const latency = latencyRows[name]
  if (latency === undefined) return isThorough || !thoroughRows.includes(name)
  if (latency.halfOf !== null) return isThorough
  return hasLoneClients || name === 'single add, lone client'
}

/** The same calls by wrk, on one server. Null where wrk has no such row or is not installed. */
async function withWrk(name: string, own: Measured, context: RowContext): Promise<Measured | null> {
  if (!hasWrk || !(name in wrkRows)) return null
  const { round } = context
  if ((await round.address()).ports.length > 1) return null
  return measuredWithWrk(context, own, () => round.newQueue())
}
