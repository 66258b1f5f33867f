/**
 * `npm run torture`: breaks Headlock in every way it knows, in random order, and prints a table of the
 * results. Exit codes: 0, no promise was broken; 1, one was; 2, wrong options; 3, no promise was broken, but
 * a selected kind was not done even once; 130, stopped by SIGINT. Undecided cases are listed separately. They
 * break no promise, and do not count as done.
 *
 *     npm run torture -- --minutes 60 --seed 42
 *     npm run torture -- --minutes 2 --only 'kill -9, SQLite'
 *     npm run torture -- --store postgres://… (a PostgreSQL or a cluster; HEADLOCK_TEST_POSTGRES does the same)
 */
import { isCluster } from '../harness/cluster/cluster.ts'
import { testPostgresVariable } from '../harness/test-postgres.ts'
import type { Kind, Tally } from './kind.ts'
import { KindProcess } from './kind-process.ts'
import { kinds } from './kinds/index.ts'
import { OptionError, type Options, readOptions } from './options.ts'
import { tableText } from './report.ts'

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  let options: Options
  try {
    options = readOptions(args, kinds)
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    process.stderr.write(error.message)
    return 2
  }
  const { minutes, seed, jobs, store } = options
  if (store !== undefined) process.env[testPostgresVariable] = store
  const hasCluster = await namesCluster(process.env[testPostgresVariable])
  const chosen = options.chosen.filter(({ needsCluster }) => hasCluster || needsCluster !== true)
  process.stdout.write(`Seed ${seed}; ${minutes} minutes, ${jobs} at a time.\n`)
  const leftOut = options.chosen.filter((kind) => !chosen.includes(kind))
  for (const { name } of leftOut) {
    process.stdout.write(`${name}: left out, because ${testPostgresVariable} names no cluster\n`)
  }
  const weights = chosen.reduce((sum, { weight }) => sum + weight, 0)
  const running = new Set<KindProcess>()
  let stopped = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopped = true
      for (const each of running) each.stop()
    })
  }

  const tallies = new Map<Kind, Tally>()
  const workOff = async (waiting: Kind[], together: number): Promise<void> => {
    for (let kind = waiting.shift(); kind !== undefined && !stopped; kind = waiting.shift()) {
      const lastsMs = (minutes * 60_000 * together * kind.weight) / weights
      const started = new KindProcess(kind, seed, lastsMs)
      running.add(started)
      const tally = await started.ended()
      running.delete(started)
      tallies.set(kind, tally)
      process.stdout.write(`${kind.name}: ${outcomeText(kind, tally)}\n`)
    }
  }
  const beside = chosen.filter(({ isAlone }) => !isAlone)
  const together = Math.min(jobs, beside.length)
  await Promise.all(Array.from({ length: together }, () => workOff(beside, together)))
  await workOff(
    chosen.filter(({ isAlone }) => isAlone),
    1,
  )

  process.stdout.write(`\n${tableText(tallies)}`)
  const violations = [...tallies.values()].flatMap((tally) => tally.violations)
  const below = [...tallies].filter(([kind, { times }]) => times < kind.bar).map(([{ name }]) => name)
  if (below.length > 0) process.stdout.write(`\nBelow the bar of a long run: ${below.join('; ')}.\n`)
  if (stopped) return 130
  if (violations.length > 0) return 1
  // Without `--only`, what needs a cluster is not asked for where there is none.
  const isMissing = leftOut.length > 0 && options.chosen.length < kinds.length
  const isAllDone =
    !isMissing && tallies.size === chosen.length && [...tallies.values()].every(({ times }) => times > 0)
  return isAllDone ? 0 : 3
}

function namesCluster(url: string | undefined): Promise<boolean> {
  return url === undefined || url === '' ? Promise.resolve(false) : isCluster(url)
}

function outcomeText(kind: Kind, { times, undecided, violations }: Tally): string {
  const found = violations.length === 0 ? 'no violation' : `VIOLATIONS:\n  ${violations.join('\n  ')}`
  const open =
    undecided.length === 0 ? '' : `\n  undecided, ${undecided.length}:\n  ${undecided.join('\n  ')}`
  return `${times === 0 ? 'NOT DONE ONCE: 0' : times} ${kind.unit}, ${found}${open}`
}
