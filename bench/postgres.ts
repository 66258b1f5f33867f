import { postgresComparisons } from './comparisons.ts'
import { PostgresRound } from './postgres-round.ts'
import { type Results, type RoundFigures, resultsOf, tableOf } from './report.ts'
import { type Durations, runRound } from './workloads.ts'

/** How long each number of server processes is measured. */
export interface PostgresPlan {
  readonly servers: number
  readonly durations: Durations
}

const brief = {
  latencyMs: 600,
  drainRequests: 8_000,
  lockRequests: 40_000,
  knownRequests: 10_000,
  isThorough: false,
}
export const wholePlans: readonly PostgresPlan[] = [
  { servers: 1, durations: { ...brief, rounds: 3, warmUpMs: 500, measureMs: 2000, drainRequests: 12_000 } },
  { servers: 2, durations: { ...brief, rounds: 2, warmUpMs: 400, measureMs: 1500 } },
  { servers: 4, durations: { ...brief, rounds: 2, warmUpMs: 400, measureMs: 1500 } },
]
export const quickPlans: readonly PostgresPlan[] = [
  {
    servers: 1,
    durations: {
      ...brief,
      rounds: 1,
      warmUpMs: 200,
      measureMs: 1000,
      latencyMs: 300,
      drainRequests: 5_000,
      lockRequests: 20_000,
    },
  },
]

export interface PostgresResults extends Results {
  readonly servers: number
}

/** The rounds of all plans in turn: a machine that gets slower meanwhile gets slower for all. */
export async function measurePostgres(
  plans: readonly PostgresPlan[],
  serverFlags: readonly string[],
  note: (line: string) => void,
): Promise<PostgresResults[]> {
  const rounds = plans.map((): RoundFigures[] => [])
  const most = Math.max(...plans.map(({ durations }) => durations.rounds))
  for (let index = 0; index < most; index++) {
    for (const [plan, { servers, durations }] of plans.entries()) {
      if (index >= durations.rounds) continue
      const round = await PostgresRound.start(servers, serverFlags)
      try {
        rounds[plan]!.push(await runRound(round, durations))
        note(`round ${index + 1} of ${durations.rounds} done, ${serversText(servers)}`)
      } finally {
        await round.close()
      }
    }
  }
  return plans.map(({ servers }, plan) => ({ servers, ...resultsOf(rounds[plan]!) }))
}

/** A Markdown table for each number of server processes. */
export function postgresTables(results: readonly PostgresResults[]): string {
  return results
    .map((block) => `### ${serversText(block.servers)}\n\n${tableOf(block, postgresComparisons)}`)
    .join('\n\n')
}

function serversText(servers: number): string {
  return servers === 1 ? '1 server process' : `${servers} server processes`
}
