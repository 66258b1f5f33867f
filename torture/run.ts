/**
 * What `npm run torture` runs: breaks Headlock in every way it knows, in random order, and prints a table of what came
 * of it. Exit code 0: no promise was broken; 1: one was; 2: called wrongly; 130: stopped by SIGINT.
 *
 *     npm run torture -- --minutes 60 --seed 42
 *     npm run torture -- --minutes 2 --only 'kill -9, SQLite'
 */
import { fork } from 'node:child_process'
import type { Kind, Tally } from './kind.ts'
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
  const { chosen, minutes, seed, jobs } = options
  process.stdout.write(`Seed ${seed}; ${minutes} minutes, ${jobs} at a time.\n`)
  const weights = chosen.reduce((sum, { weight }) => sum + weight, 0)
  const children = new Set<ReturnType<typeof fork>>()
  let stopped = false
  process.once('SIGINT', () => {
    stopped = true
    for (const child of children) child.kill('SIGTERM')
  })

  const tallies = new Map<Kind, Tally>()
  const waiting = [...chosen]
  const workOff = async (): Promise<void> => {
    for (let kind = waiting.shift(); kind !== undefined && !stopped; kind = waiting.shift()) {
      const lastsMs = (minutes * 60_000 * Math.min(jobs, chosen.length) * kind.weight) / weights
      tallies.set(kind, await runKind(kind, seed, lastsMs, children))
      process.stdout.write(`${kind.name}: ${outcomeText(kind, tallies.get(kind)!)}\n`)
    }
  }
  await Promise.all(Array.from({ length: jobs }, workOff))

  process.stdout.write(`\n${tableText(tallies)}`)
  const violations = [...tallies.values()].flatMap((tally) => tally.violations)
  if (stopped) return 130
  return violations.length === 0 && tallies.size > 0 ? 0 : 1
}

/** Resolves when the process of the kind has ended, however it did. */
function runKind(
  kind: Kind,
  seed: number,
  lastsMs: number,
  children: Set<ReturnType<typeof fork>>,
): Promise<Tally> {
  return new Promise((resolve) => {
    let tally: Tally = { times: 0, acknowledgedCount: 0, violations: [] }
    const child = fork(new URL('./child.ts', import.meta.url), [kind.name, String(seed), String(lastsMs)])
    children.add(child)
    child.on('message', (latest) => {
      tally = latest as Tally
    })
    child.once('exit', (code, signal) => {
      children.delete(child)
      // Zero when it came to its end; what it found is in the tally then.
      if (code !== 0) tally.violations.push(`its process ended with ${signal ?? `exit code ${code}`}`)
      resolve(tally)
    })
  })
}

function outcomeText(kind: Kind, { times, violations }: Tally): string {
  const found = violations.length === 0 ? 'no violation' : `VIOLATIONS:\n  ${violations.join('\n  ')}`
  return `${times} ${kind.unit}, ${found}`
}
