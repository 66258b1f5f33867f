/** `npm run bench`: what a call costs, with the limits of this machine taken in the same run. See docs/performance.md. */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { sqliteComparisons } from './comparisons.ts'
import { growthTable, measureGrowth, sizes } from './growth.ts'
import { measurePostgres, postgresTables, quickPlans, wholePlans } from './postgres.ts'
import { drainTable, measureDrain } from './postgres-drain.ts'
import { type RoundFigures, resultsOf, tableOf } from './report.ts'
import { SqliteRound } from './sqlite-round.ts'
import { measureSteady, steadyTable } from './steady.ts'
import { type Durations, runRound } from './workloads.ts'

const whole: Durations = {
  rounds: 3,
  warmUpMs: 500,
  measureMs: 2500,
  latencyMs: 1200,
  drainRequests: 100_000,
  lockRequests: 150_000,
  knownRequests: 20_000,
  isThorough: true,
}
const quick: Durations = {
  rounds: 1,
  warmUpMs: 200,
  measureMs: 1000,
  latencyMs: 300,
  drainRequests: 20_000,
  lockRequests: 40_000,
  knownRequests: 20_000,
  isThorough: true,
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    growth: { type: 'boolean', default: false },
    steady: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '5' },
    size: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    threads: { type: 'string' },
    store: { type: 'string', default: 'sqlite' },
    servers: { type: 'string' },
    drain: { type: 'string' },
  },
})
if (values.store !== 'sqlite' && values.store !== 'postgres') throw new Error('--store is sqlite or postgres')
const onPostgres = values.store === 'postgres'
const serverFlags = values.threads === undefined ? [] : ['--threads', values.threads]
const serverCount = values.servers === undefined ? undefined : Number(values.servers)

if (onPostgres && values.drain !== undefined) await drain(countOf(values.drain))
else if (onPostgres) await postgres()
else if (values.growth) await growth(values.size ?? [])
else if (values.steady) await steady(values.size?.[0] ?? '10 million', Number(values.minutes))
else await workloads()

/** Sizes whose name contains one of the words; all of them when there is none. */
async function growth(words: readonly string[]): Promise<void> {
  const chosen = sizes.filter((size) => words.length === 0 || words.some((word) => size.name.includes(word)))
  const figures = await measureGrowth(chosen, note)
  console.log(growthTable(figures))
}

/** A crawl of so many minutes on queues of that size. */
async function steady(name: string, minutes: number): Promise<void> {
  const size = sizes.find((known) => known.name === name)
  if (size === undefined) throw new Error(`Sizes are: ${sizes.map((known) => known.name).join(', ')}`)
  console.log(steadyTable(await measureSteady(size, minutes)))
}

/** The workloads on PostgreSQL, with one server process and with several on the same database. */
async function postgres(): Promise<void> {
  const planned = values.quick ? quickPlans : wholePlans
  const chosen = serverCount === undefined ? planned : [{ ...planned[0]!, servers: serverCount }]
  const plans = chosen.map((plan) => ({ ...plan, durations: withRounds(plan.durations) }))
  const results = await measurePostgres(plans, serverFlags, note)
  save('results-postgres.json', results)
  console.log(postgresTables(results))
}

/** One long drain on PostgreSQL. */
async function drain(requests: number): Promise<void> {
  console.log(drainTable(await measureDrain(requests, serverCount ?? 1, serverFlags, note)))
}

async function workloads(): Promise<void> {
  const durations = withRounds(values.quick ? quick : whole)
  const rounds: RoundFigures[] = []
  for (let index = 0; index < durations.rounds; index++) {
    const round = new SqliteRound(serverFlags)
    try {
      await round.address()
      rounds.push(await runRound(round, durations))
      note(`round ${index + 1} of ${durations.rounds} done`)
    } finally {
      await round.close()
    }
  }
  const results = resultsOf(rounds)
  save('results.json', results)
  console.log(tableOf(results, sqliteComparisons))
}

function withRounds(durations: Durations): Durations {
  return values.rounds === undefined ? durations : { ...durations, rounds: Number(values.rounds) }
}

/** `2 million`, `100 thousand`, `5000`. */
function countOf(text: string): number {
  const [, digits, unit] = /^(\d+)(?: (thousand|million))?$/.exec(text) ?? []
  const count = Number(digits) * (unit === 'million' ? 1_000_000 : unit === 'thousand' ? 1000 : 1)
  if (!(count > 0 && count % 10 === 0)) {
    throw new Error(`--drain was given "${text}"; it takes a number that has tenths, such as "2 million"`)
  }
  return count
}

function save(file: string, results: unknown): void {
  writeFileSync(new URL(file, import.meta.url), `${JSON.stringify(results, null, 2)}\n`)
}

function note(line: string): void {
  process.stderr.write(`${line}\n`)
}
