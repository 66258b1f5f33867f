import { close } from '../processes/interrupt.ts'
import { postgresComparisons } from '../report/comparisons.ts'
import { tablesOf } from '../report/report.ts'
import { type Results, type RoundFigures, resultsOf } from '../rounds/figures.ts'
import { PostgresRound } from '../rounds/postgres-round.ts'
import { type Durations, durations } from './durations.ts'
import { runRound } from './workloads.ts'

/** How each number of server processes is measured. */
export interface PostgresPlan {
  readonly servers: number
  readonly durations: Durations
}

const brief = {
  latencyMs: 600,
  drainRequests: 8_000,
  markRequests: 18_000,
  lockRequests: 50_000,
  knownRequests: 10_000,
  isThorough: false,
  hasLoneClients: true,
  takesMax: 3,
}
export const wholePlans: readonly PostgresPlan[] = [
  {
    servers: 1,
    durations: {
      ...brief,
      rounds: 3,
      warmUpMs: 500,
      measureMs: 1800,
      drainRequests: 12_000,
      markRequests: 24_000,
      lockRequests: 70_000,
    },
  },
  { servers: 2, durations: { ...brief, rounds: 2, warmUpMs: 400, measureMs: 1500 } },
  { servers: 4, durations: { ...brief, rounds: 2, warmUpMs: 400, measureMs: 1500 } },
]
/** A database takes some seconds to start, so there are fewer rounds than on the embedded store. */
export const quickPlans: readonly PostgresPlan[] = [
  { servers: 1, durations: { ...durations.quick, rounds: 2 } },
]

export interface PostgresResults extends Results {
  readonly servers: number
}

/** Plays the rounds of all plans in turn, so that a machine that becomes slower affects all of them. */
export async function measurePostgres(
  plans: readonly PostgresPlan[],
  serverFlags: readonly string[],
  only: readonly string[],
  note: (line: string) => void,
): Promise<PostgresResults[]> {
  const rounds = plans.map((): RoundFigures[] => [])
  const most = Math.max(...plans.map(({ durations }) => durations.rounds))
  for (let index = 0; index < most; index++) {
    for (const [plan, { servers, durations: planned }] of plans.entries()) {
      if (index >= planned.rounds) continue
      const round = await PostgresRound.start(servers, serverFlags)
      try {
        rounds[plan]!.push(await runRound(round, planned, postgresComparisons, only))
        note(`round ${index + 1} of ${planned.rounds} done, ${serversText(servers)}`)
      } finally {
        await close(round)
      }
    }
  }
  return plans.map(({ servers }, plan) => ({ servers, ...resultsOf(rounds[plan]!) }))
}

/** A Markdown table for each number of server processes. */
export function postgresTables(results: readonly PostgresResults[]): string {
  return results
    .map((block) => `### ${serversText(block.servers)}\n\n${tablesOf(block, postgresComparisons)}`)
    .join('\n\n')
}

function serversText(servers: number): string {
  return servers === 1 ? '1 server process' : `${servers} server processes`
}
