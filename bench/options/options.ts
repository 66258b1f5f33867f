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

/** Of `headlock serve`, each followed by its value. */
type ServerFlags = readonly string[]

/** What is to be measured. Rounds and pairs are undefined where the benchmark chooses. */
export type Options = { readonly serverFlags: ServerFlags } & (
  | {
      readonly mode: 'workloads'
      readonly isQuick: boolean
      readonly rounds: number | undefined
      /** Names of workloads; empty: the benchmark chooses. */
      readonly only: readonly string[]
    }
  | { readonly mode: 'growth'; readonly chosen: readonly Size[]; readonly rounds: number | undefined }
  | { readonly mode: 'steady'; readonly size: Size; readonly minutes: number }
  | {
      readonly mode: 'postgres'
      readonly isQuick: boolean
      readonly rounds: number | undefined
      readonly only: readonly string[]
      /** One block of workloads for each; empty: the benchmark chooses. */
      readonly servers: readonly number[]
    }
  | { readonly mode: 'drain'; readonly requests: number; readonly servers: number }
  | {
      readonly mode: 'against'
      /** As it was given. */
      readonly revision: string
      readonly store: 'sqlite' | 'postgres'
      readonly isQuick: boolean
      readonly pairs: number | undefined
      readonly only: readonly string[]
    }
)

type Mode = Options['mode']

/** What Commander read: nothing is in it that was not given. */
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

/** Which options each mode takes, beside --threads and --store. */
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
  '(default: 1, 2 and 4; with --quick and --drain 1)'
const againstHelp =
  'two builds in turn: that revision of git, and the files as they are here; the ratios of each pair'
const filesHelp = `
Without --growth, --steady, --drain and --against all workloads are measured. Each run prints Markdown and writes, in bench/:
  results.json, results-postgres.json                all workloads, on either store
  results-quick.json, results-postgres-quick.json    the same with --quick
  results-growth.json                                --growth
  results-against.json                               --against

HEADLOCK_BENCH_DIRECTORY names a directory on a disk, where the system's own for temporary files is in memory.

Workloads: ${workloadNames.map((name) => `"${name}"`).join(', ')}`

/** The benchmark was called wrongly; the message is one line and says what is allowed. */
export class OptionError extends Error {}

/**
 * Null: the help was asked for, and has been printed.
 *
 * @param args what stands behind the name of the program
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
      .description('What a call costs, with the limits of this machine taken in the same run.')
      .helpOption('-h, --help', 'explain the options')
      .option('--quick', 'short rounds of the workloads, in about a minute; short pairs of --against')
      .option(
        '--rounds <N>',
        'how many rounds; figures are the medians of them (default: 3, on PostgreSQL 2 or 3)',
        wholeNumber(1, 100),
      )
      .option('--only <NAME>', 'one of the workloads; several times for several of them', collected(workload))
      .option(
        '--threads <N>',
        'how many threads of a server answer calls (default: as for any server)',
        threads,
      )
      .option('--against <REVISION>', againstHelp, revision)
      .option('--pairs <N>', 'how often --against takes turns (default: 6)', wholeNumber(1, 100))
      .option('--growth', 'how it grows: some of the workloads at several sizes of the data')
      .option('--steady', 'does it stay the same? a crawl without a pause at one size of the data')
      .option('--size <NAME>', sizeHelp, collected(size))
      .option('--minutes <N>', `how long --steady takes (default: ${steadyByDefault.minutes})`, minutes)
      .option('--store <STORE>', 'sqlite (default), or postgres, of which one is started', store)
      .option('--servers <N>', serversHelp, collected(wholeNumber(1, 64)))
      .option('--drain <REQUESTS>', 'on PostgreSQL: one long drain, of "2 million", say', requests)
      .addHelpText('after', filesHelp)
      .showSuggestionAfterError(false)
      .exitOverride()
      // What is wrong is said by whoever catches it.
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

/** @throws OptionError for an option that does not go with the mode, which would be overlooked otherwise */
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
  if (values.length > 1) throw new OptionError(`--${name} is given once at the most here.`)
  return values
}
