/** `npm run bench`: what a call costs, with the limits of this machine taken in the same run. See docs/performance.md. */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Round } from './bench.ts'
import { resultsOf, tableOf } from './report.ts'
import { type Durations, type RoundFigures, runRound } from './workloads.ts'

const whole: Durations = {
  rounds: 3,
  warmUpMs: 500,
  measureMs: 2500,
  drainRequests: 100_000,
  lockRequests: 150_000,
}
const quick: Durations = {
  rounds: 1,
  warmUpMs: 200,
  measureMs: 1000,
  drainRequests: 20_000,
  lockRequests: 40_000,
}

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string' } },
})
const durations = values.quick ? quick : whole
const roundCount = values.rounds === undefined ? durations.rounds : Number(values.rounds)

const rounds: RoundFigures[] = []
for (let index = 0; index < roundCount; index++) {
  const round = new Round([])
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
