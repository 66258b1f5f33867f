import type { Build } from '../processes/build.ts'
import { close } from '../processes/interrupt.ts'
import { measuredOf, ratesOf } from '../rounds/figures.ts'
import type { Round } from '../rounds/round.ts'
import { leastDisturbed } from '../rounds/takes.ts'
import type { Durations } from '../scenarios/durations.ts'
import { fullSpeedRows } from '../scenarios/full-speed-rows.ts'
import { latencyRows } from '../scenarios/latency-rows.ts'
import { RowContext, type Take } from '../scenarios/row-context.ts'
import type { Pair } from './pair-statistics.ts'

/** The workloads that are compared by default. */
export const comparedByDefault = [
  'single add',
  'get request',
  'mark handled',
  'batch add of 25',
  'head/lock of 25',
  'drain, 8 clients',
] as const

/** The durations of a comparison: a pair of all six workloads takes less than a minute. */
export const pairDurations = {
  whole: {
    rounds: 6,
    warmUpMs: 400,
    measureMs: 1500,
    latencyMs: 1500,
    drainRequests: 40_000,
    markRequests: 60_000,
    lockRequests: 200_000,
    knownRequests: 20_000,
    isThorough: true,
    hasLoneClients: true,
    takesMax: 2,
  },
  quick: {
    rounds: 4,
    warmUpMs: 150,
    measureMs: 500,
    latencyMs: 500,
    drainRequests: 10_000,
    markRequests: 20_000,
    lockRequests: 70_000,
    knownRequests: 5_000,
    isThorough: true,
    hasLoneClients: true,
    takesMax: 2,
  },
} as const satisfies Record<string, Durations>

/**
 * The warm-up of fresh servers. Without it the first workload would measure code that is not compiled yet.
 */
const warmUpMs = 1500

/** The pairs of each workload, by its name. */
export type Pairs = Readonly<Record<string, readonly Pair[]>>

/**
 * Measures the workloads on two builds in turn, before and after, with fresh servers of both builds for each
 * pair. The servers that are not under load are idle meanwhile.
 *
 * @param start starts a round of a build and registers it for cleanup after an interrupt
 */
export async function measurePairs(
  before: Build,
  after: Build,
  names: readonly string[],
  given: Durations,
  start: (build: Build) => Promise<Round>,
  note: (line: string) => void,
): Promise<Pairs> {
  const pairs: Record<string, Pair[]> = Object.fromEntries(names.map((name) => [name, []]))
  for (let index = 1; index <= given.rounds; index++) {
    const rounds: Round[] = []
    try {
      for (const build of [before, after]) rounds.push(await start(build))
      const contexts = rounds.map((round) => new RowContext(round, given))
      for (const context of contexts) await context.warmUp(warmUpMs)
      for (const name of names) pairs[name]!.push(await measurePair(name, contexts[0]!, contexts[1]!))
      note(`pair ${index} of ${given.rounds} done`)
    } finally {
      for (const round of rounds) await close(round)
    }
  }
  return pairs
}

/** Measures a pair again, both halves, while either was disturbed. The least disturbed attempt counts. */
async function measurePair(name: string, before: RowContext, after: RowContext): Promise<Pair> {
  const take = takeOf(name, await fullRate(name, before))
  const { result, takes } = await leastDisturbed(async (processes) => {
    const halves = [await take(before, processes), await take(after, processes)] as const
    return { result: halves, costs: halves.flatMap(({ cost }) => cost ?? []) }
  }, before.given.takesMax)
  const [one, other] = result
  return { before: measuredOf({ ...one, takes }), after: measuredOf({ ...other, takes }) }
}

/** Both halves of a pair at half load get the same rate: half of what the build before can do. */
async function fullRate(name: string, before: RowContext): Promise<number> {
  const halfOf = latencyRows[name]?.halfOf ?? null
  return halfOf === null ? 0 : ratesOf((await fullSpeedRows[halfOf]!(before, 1)).load).callsPerSecond
}

function takeOf(name: string, fullCallsPerSecond: number): Take {
  const latency = latencyRows[name]
  return latency === undefined ? fullSpeedRows[name]! : (context) => latency.take(context, fullCallsPerSecond)
}
