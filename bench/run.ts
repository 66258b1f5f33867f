/** `npm run bench`: what a call costs, with the limits of this machine taken in the same run. See docs/performance.md. */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Round } from './bench.ts'
import { growthTable, measureGrowth, sizes } from './growth.ts'
import { resultsOf, tableOf } from './report.ts'
import { measureSteady, steadyTable } from './steady.ts'
import { type Durations, type RoundFigures, runRound } from './workloads.ts'

const whole: Durations = {
  rounds: 3,
  warmUpMs: 500,
  measureMs: 2500,
  latencyMs: 1200,
  drainRequests: 100_000,
  lockRequests: 150_000,
}
const quick: Durations = {
  rounds: 1,
  warmUpMs: 200,
  measureMs: 1000,
  latencyMs: 300,
  drainRequests: 20_000,
  lockRequests: 40_000,
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
  },
})
if (values.growth) await growth(values.size ?? [])
else if (values.steady) await steady(values.size?.[0] ?? '10 million', Number(values.minutes))
else await workloads()

/** Sizes whose name contains one of the words; all of them when there is none. */
async function growth(words: readonly string[]): Promise<void> {
  const chosen = sizes.filter((size) => words.length === 0 || words.some((word) => size.name.includes(word)))
  const figures = await measureGrowth(chosen, (line) => process.stderr.write(`${line}\n`))
  console.log(growthTable(figures))
}

/** A crawl of so many minutes on queues of that size. */
async function steady(name: string, minutes: number): Promise<void> {
  const size = sizes.find((known) => known.name === name)
  if (size === undefined) throw new Error(`Sizes are: ${sizes.map((known) => known.name).join(', ')}`)
  console.log(steadyTable(await measureSteady(size, minutes)))
}

async function workloads(): Promise<void> {
  const durations = values.quick ? quick : whole
  const roundCount = values.rounds === undefined ? durations.rounds : Number(values.rounds)
  const serverFlags = values.threads === undefined ? [] : ['--threads', values.threads]
  const rounds: RoundFigures[] = []
  for (let index = 0; index < roundCount; index++) {
    const round = new Round(serverFlags)
    try {
      await round.ready()
      rounds.push(await runRound(round, durations))
      process.stderr.write(`round ${index + 1} of ${roundCount} done\n`)
    } finally {
      await round.close()
    }
  }
  const results = resultsOf(rounds)
  writeFileSync(new URL('./results.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`)
  console.log(tableOf(results))
}
