import { Command, CommanderError } from 'commander'
import { type Size, sizes } from '../scenarios/growth.ts'
import { workloadNames } from '../scenarios/workloads.ts'
import {
  collected,
  minutes,
  oneOf,
  requests,
  revision,
  store,
  threads,
  wholeNumber,
} from './option-values.ts'

/** Flags of `headlock serve`, each followed by its value. */
type ServerFlags = readonly string[]

/** What to measure. Rounds and pairs are undefined where the benchmark chooses. */
export type Options = { readonly serverFlags: ServerFlags } & (
  | {
      readonly mode: 'workloads'
      readonly isQuick: boolean
      readonly rounds: number | undefined
      /** Names of workloads. Empty: the benchmark chooses. */
      readonly only: readonly string[]
    }
  | { readonly mode: 'growth'; readonly chosen: readonly Size[]; readonly rounds: number | undefined }
  | { readonly mode: 'steady'; readonly size: Size; readonly minutes: number }
  | {
      readonly mode: 'postgres'
      readonly isQuick: boolean
      readonly rounds: number | undefined
      readonly only: readonly string[]
      /** The numbers of servers, with one block of workloads for each. Empty: the benchmark chooses. */
      readonly servers: readonly number[]
    }
  | { readonly mode: 'drain'; readonly requests: number; readonly servers: number }
  | {
      readonly mode: 'against'
      /** As the user gave it. */
      readonly revision: string
      readonly store: 'sqlite' | 'postgres'
      readonly isQuick: boolean
      readonly pairs: number | undefined
      readonly only: readonly string[]
    }
)

type Mode = Options['mode']

/** The options that Commander has read. Options that were not given are missing. */
interface Given {
  readonly quick?: true
  readonly rounds?: number
  readonly only?: readonly string[]
  readonly threads?: number
  readonly growth?: true
  readonly steady?: true
  readonly size?: readonly Size[]
  readonly minutes?: number
  readonly store?: 'sqlite' | 'postgres'
  readonly servers?: readonly number[]
  readonly drain?: number
  readonly against?: string
  readonly pairs?: number
}

/** The options of each mode, besides --threads and --store. */
const modes: Readonly<Record<Mode, { readonly called: string; readonly takes: readonly (keyof Given)[] }>> = {
  workloads: { called: 'the workloads on the embedded store', takes: ['quick', 'rounds', 'only'] },
  growth: { called: '--growth', takes: ['growth', 'size', 'rounds'] },
  steady: { called: '--steady', takes: ['steady', 'size', 'minutes'] },
  postgres: { called: '--store postgres', takes: ['quick', 'rounds', 'only', 'servers'] },
  drain: { called: '--drain', takes: ['drain', 'servers'] },
  against: { called: '--against', takes: ['against', 'pairs', 'quick', 'only'] },
}

const sizeNames = sizes.map(({ name }) => `"${name}"`).join(', ')
const steadyByDefault = { size: sizes.find(({ name }) => name === '10 million')!, minutes: 5 }

const sizeHelp = `for --growth (all by default) and --steady (default: "${steadyByDefault.size.name}"): ${sizeNames}`
const serversHelp =
  'on PostgreSQL: how many server processes; several times for the workloads with each number of them ' +
  '(default: 1, 2 and 4; with --quick or --drain: 1)'
const againstHelp =
  'compare a git revision with the working tree: measures both in turn and prints the ratios'
const filesHelp = `
Without --growth, --steady, --drain and --against all workloads are measured. Each run prints Markdown and writes, in bench/:
  results.json, results-postgres.json                all workloads, on either store
  results-quick.json, results-postgres-quick.json    the same with --quick
  results-growth.json                                --growth
  results-against.json                               --against

HEADLOCK_BENCH_DIRECTORY names a directory on a disk, where the system's own for temporary files is in memory.
HEADLOCK_BENCH_GROUPS is the number of hosts in the rows with rules (default: 10000), with ten requests for each.

Workloads: ${workloadNames.map((name) => `"${name}"`).join(', ')}`

/** The options are wrong. The message is one line and says what is allowed. */
export class OptionError extends Error {}

/**
 * Null: the help was requested and has been printed.
 *
 * @param args the arguments after the name of the program
 * @throws OptionError
 */
export function readOptions(args: readonly string[]): Options | null {
  const command = commandOf()
  try {
    command.parse(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return null
    const message = error.message.replace(/^error: /, '')
    if (error.code === 'commander.invalidArgument') throw new OptionError(message)
    const allowed = command.options.map(({ flags }) => flags).join(', ')
    throw new OptionError(`${message.replace(/\.?$/, '.')} Allowed are ${allowed}; --help explains them.`)
  }
  return optionsOf(command.opts<Given>())
}

function commandOf(): Command {
  const size = oneOf(sizes, ({ name }) => name)
  const workload = oneOf(workloadNames, (name) => name)
  return (
    new Command('npm run bench --')
      .usage('[options]')
      .description('Measures what a call costs, and the limits of this machine in the same run.')
      .helpOption('-h, --help', 'explain the options')
      .option('--quick', 'short rounds of the workloads, in about a minute; short pairs of --against')
      .option(
        '--rounds <N>',
        'the number of rounds; figures are their medians (default: 3, on PostgreSQL 2 or 3)',
        wholeNumber(1, 100),
      )
      .option('--only <NAME>', 'a workload; can be given several times', collected(workload))
      .option(
        '--threads <N>',
        'the number of HTTP threads of a server (default: that of `headlock serve`)',
        threads,
      )
      .option('--against <REVISION>', againstHelp, revision)
      .option('--pairs <N>', 'the number of pairs of --against (default: 6)', wholeNumber(1, 100))
      .option('--growth', 'growth: some workloads at several sizes of the data')
      .option('--steady', 'steadiness: a long crawl at one size of the data')
      .option('--size <NAME>', sizeHelp, collected(size))
      .option('--minutes <N>', `the duration of --steady (default: ${steadyByDefault.minutes})`, minutes)
      .option('--store <STORE>', 'sqlite (default) or postgres, for which a server is started', store)
      .option('--servers <N>', serversHelp, collected(wholeNumber(1, 64)))
      .option('--drain <REQUESTS>', 'on PostgreSQL: one long drain of, for example, "2 million"', requests)
      .addHelpText('after', filesHelp)
      .showSuggestionAfterError(false)
      .exitOverride()
      // The caller prints the error.
      .configureOutput({ outputError: () => {} })
  )
}

function optionsOf(given: Given): Options {
  const mode = modeOf(given)
  refuseStrangers(given, mode)
  const serverFlags = given.threads === undefined ? [] : ['--threads', String(given.threads)]
  const { quick: isQuick = false, rounds, servers = [], only = [] } = given
  switch (mode) {
    case 'workloads':
      return { mode, serverFlags, isQuick, rounds, only }
    case 'growth':
      return { mode, serverFlags, chosen: given.size ?? sizes, rounds }
    case 'steady': {
      const [size = steadyByDefault.size] = oneAtMost('size', given.size)
      return { mode, serverFlags, size, minutes: given.minutes ?? steadyByDefault.minutes }
    }
    case 'postgres':
      return { mode, serverFlags, isQuick, rounds, servers, only }
    case 'drain': {
      const [count = 1] = oneAtMost('servers', servers)
      return { mode, serverFlags, requests: given.drain!, servers: count }
    }
    case 'against': {
      const { store = 'sqlite', pairs } = given
      return { mode, serverFlags, revision: given.against!, store, isQuick, pairs, only }
    }
  }
}

function modeOf(given: Given): Mode {
  if (given.against !== undefined) return 'against'
  if (given.growth) return 'growth'
  if (given.steady) return 'steady'
  if (given.drain !== undefined) return 'drain'
  return given.store === 'postgres' ? 'postgres' : 'workloads'
}

/** @throws OptionError for an option that does not belong to the mode and would have no effect */
function refuseStrangers(given: Given, mode: Mode): void {
  const { called, takes } = modes[mode]
  for (const name of Object.keys(given) as (keyof Given)[]) {
    if (takes.includes(name) || name === 'threads' || name === 'store') continue
    const elsewhere = Object.values(modes).filter((other) => other.takes.includes(name))
    const where = elsewhere.map((other) => other.called).filter((flag) => flag !== `--${name}`)
    const hint = where.length === 0 ? '' : `; it goes with ${where.join(', ')}`
    throw new OptionError(`--${name} does not go with ${called}${hint}.`)
  }
  if (given.store === 'postgres' && (mode === 'growth' || mode === 'steady')) {
    throw new OptionError(`${called} does not go with --store postgres; it goes with --store sqlite.`)
  }
  if (given.store !== 'postgres' && mode === 'drain') {
    throw new OptionError('--drain goes with --store postgres only.')
  }
}

function oneAtMost<Value>(name: string, values: readonly Value[] = []): readonly Value[] {
  if (values.length > 1) throw new OptionError(`--${name} can be given only once here.`)
  return values
}
