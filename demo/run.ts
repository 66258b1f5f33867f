/**
 * `npm run demo`: crawler processes share one queue on a Headlock server, one of them is killed half-way, and
 * a table shows the result. Exit codes: 0, all as promised; 1, not as promised, or failed; 2, wrong options;
 * 130 and 143, stopped by SIGINT and SIGTERM. `npm run demo -- --help` explains the options.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { untilAskedToStop } from '../src/cli/signals.ts'
import { demonstrate } from './demonstration.ts'
import { type DemoOptions, helpText, OptionError, readOptions } from './options.ts'
import { demonstratePoliteness, type PoliteOptions } from './polite/demonstration.ts'
import { politeReport, problemsOf } from './polite/report.ts'
import { createProgress } from './progress.ts'
import { reportText } from './report.ts'

// The reader of the output may be gone. Everything that was started is cleaned up all the same.
process.stdout.on('error', () => {})
process.exitCode = await main(process.argv.slice(2))
// If something still keeps the process alive, it ends soon.
setTimeout(() => process.exit(), 2000).unref()

async function main(args: readonly string[]): Promise<number> {
  let options: DemoOptions | null
  try {
    options = readOptions(args)
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    process.stderr.write(error.message)
    return 2
  }
  if (options === null) {
    process.stdout.write(helpText)
    return 0
  }
  // Registered before anything is created that has to be removed again.
  const askedToStop = untilAskedToStop(process.env['npm_lifecycle_event'] !== undefined)
  const directory = await mkdtemp(join(tmpdir(), 'headlock-demo-'))
  try {
    const show = options.polite === null ? kill(options, directory) : bePolite(options.polite, directory)
    return await play(show, askedToStop)
  } finally {
    if (options.keep) process.stdout.write(keptText(directory))
    else await rm(directory, { recursive: true, force: true })
  }
}

/** Shows one of the demonstrations. Resolves to its last text, and whether all was as promised. */
type Show = (signal: AbortSignal) => Promise<{ readonly text: string; readonly isAsPromised: boolean }>

async function play(show: Show, askedToStop: Promise<string>): Promise<number> {
  const stop = new AbortController()
  let reason: string | undefined
  void askedToStop.then((why) => {
    reason = why
    stop.abort(new Error(`Stopped: ${why}.`))
  })
  try {
    const { text, isAsPromised } = await show(stop.signal)
    process.stdout.write(`\n${text}`)
    return isAsPromised ? 0 : 1
  } catch (error) {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
    return reason === 'SIGINT' || reason === 'SIGTERM' ? 128 + constants.signals[reason] : 1
  }
}

function kill(options: DemoOptions, directory: string): Show {
  const killed = options.store === 'postgres' ? 'one of them and one of two servers are' : 'one of them is'
  return async (signal) => {
    process.stdout.write(
      `Headlock: ${options.crawlers} crawlers share one request queue, and ${killed} killed half-way.\n\n`,
    )
    const outcome = await demonstrate({ ...options, directory }, createProgress(process.stdout), signal)
    return { text: reportText(outcome), isAsPromised: outcome.problems.length === 0 }
  }
}

function bePolite(options: Omit<PoliteOptions, 'directory'>, directory: string): Show {
  return async (signal) => {
    process.stdout.write(
      `Headlock: ${options.crawlers} crawlers share one request queue, without a policy and with one.\n\n`,
    )
    const progressOf = () => createProgress(process.stdout)
    const runs = await demonstratePoliteness({ ...options, directory }, progressOf, signal)
    return { text: politeReport(runs, options), isAsPromised: problemsOf(runs, options).length === 0 }
  }
}

function keptText(directory: string): string {
  return `
Kept: ${directory}
To look into it: npm start -- --data ${directory}/data
A token for it:  npm run headlock -- token create --data ${directory}/data
`
}
