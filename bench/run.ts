/**
 * `npm run bench`: measures what a call costs, and the limits of this machine in the same run. See
 * docs/performance.md. Exit codes: 0 done, 1 failed, 2 wrong options, 130 stopped by SIGINT.
 */
import { measureAgainst } from './against/against.ts'
import { pairDurations } from './against/pairs.ts'
import { againstTable } from './against/table.ts'
import { OptionError, type Options, readOptions } from './options/options.ts'
import { close, closeWhenInterrupted, endingAfterInterrupt, noted } from './processes/interrupt.ts'
import { sqliteComparisons } from './report/comparisons.ts'
import { growthTable } from './report/growth-table.ts'
import { tablesOf } from './report/report.ts'
import { headingOf, saveResults } from './report/results-file.ts'
import { type Results, type RoundFigures, resultsOf } from './rounds/figures.ts'
import { SqliteRound } from './rounds/sqlite-round.ts'
import { drainTable } from './scenarios/drain-tenths.ts'
import { type Durations, durations } from './scenarios/durations.ts'
import { measureGrowth } from './scenarios/growth.ts'
import {
  measurePostgres,
  type PostgresPlan,
  postgresTables,
  quickPlans,
  wholePlans,
} from './scenarios/postgres.ts'
import { measureDrain } from './scenarios/postgres-drain.ts'
import { measureSteady, steadyTable } from './scenarios/steady.ts'
import { runRound } from './scenarios/workloads.ts'

const growthRounds = 3

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  let options: Options | null
  try {
    options = readOptions(args)
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    note(error.message)
    return 2
  }
  if (options === null) return 0
  closeWhenInterrupted()
  try {
    const text = await measure(options)
    console.log(`${headingOf(args)}\n\n${text}`)
    return 0
  } catch (error) {
    await endingAfterInterrupt()
    if (error instanceof OptionError) {
      note(error.message)
      return 2
    }
    note(String(error instanceof Error ? error.stack : error))
    return 1
  }
}

/** Measures, saves the results, and returns the text to print. */
async function measure(options: Options): Promise<string> {
  const { serverFlags } = options
  switch (options.mode) {
    case 'workloads': {
      const results = await measureWorkloads(
        withRounds(options.isQuick ? durations.quick : durations.whole, options.rounds),
        serverFlags,
        options.only,
      )
      saveResults(options.isQuick ? 'results-quick.json' : 'results.json', serverFlags, { ...results })
      return tablesOf(results, sqliteComparisons)
    }
    case 'growth': {
      const results = await measureGrowth(options.chosen, options.rounds ?? growthRounds, serverFlags, note)
      const { limits, sizes } = results
      const bySize = sizes.map(({ size: { name, requests, queues }, figures }) => [
        name,
        { requests, queues, ...figures },
      ])
      saveResults('results-growth.json', serverFlags, {
        limits,
        sizes: Object.fromEntries(bySize),
      })
      return growthTable(results)
    }
    case 'steady':
      return steadyTable(await measureSteady(options.size, options.minutes, serverFlags))
    case 'postgres': {
      const plans = plansOf(options.isQuick ? quickPlans : wholePlans, options.servers)
      const chosen = plans.map((plan) => ({ ...plan, durations: withRounds(plan.durations, options.rounds) }))
      const results = await measurePostgres(chosen, serverFlags, options.only, note)
      const file = options.isQuick ? 'results-postgres-quick.json' : 'results-postgres.json'
      saveResults(file, serverFlags, {
        runs: results,
      })
      return postgresTables(results)
    }
    case 'against': {
      const planned = options.isQuick ? pairDurations.quick : pairDurations.whole
      const results = await measureAgainst(
        { ...options, durations: withRounds(planned, options.pairs) },
        note,
      )
      saveResults('results-against.json', serverFlags, results)
      return againstTable(results.before, results.pairs)
    }
    case 'drain':
      return drainTable(await measureDrain(options.requests, options.servers, serverFlags, note))
  }
}

/** The workloads on the embedded store. Each round uses a new store. */
async function measureWorkloads(
  planned: Durations,
  serverFlags: readonly string[],
  only: readonly string[],
): Promise<Results> {
  const rounds: RoundFigures[] = []
  for (let index = 0; index < planned.rounds; index++) {
    const round = noted(new SqliteRound(serverFlags))
    try {
      await round.address()
      rounds.push(await runRound(round, planned, sqliteComparisons, only))
      note(`round ${index + 1} of ${planned.rounds} done`)
    } finally {
      await close(round)
    }
  }
  return resultsOf(rounds)
}

/** The plans for these numbers of servers, if any were given. */
function plansOf(planned: readonly PostgresPlan[], servers: readonly number[]): readonly PostgresPlan[] {
  if (servers.length === 0) return planned
  return servers.map((count) => ({ ...planned[0]!, servers: count }))
}

function withRounds(planned: Durations, rounds = planned.rounds): Durations {
  return { ...planned, rounds }
}

function note(line: string): void {
  process.stderr.write(`${line}\n`)
}
