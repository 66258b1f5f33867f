import { parseArgs } from 'node:util'
import type { DemonstrationOptions, DemonstrationStore } from './demonstration.ts'
import type { PoliteOptions } from './polite/demonstration.ts'

export interface DemoOptions extends Omit<DemonstrationOptions, 'directory'> {
  /** Keeps the directory with the server's data. */
  readonly keep: boolean
  /** What to show instead: crawls of many sites, without a policy and with one. */
  readonly polite: Omit<PoliteOptions, 'directory'> | null
}

/** The options are wrong. The message says why and what is allowed. */
export class OptionError extends Error {}

/** Takes about twenty seconds: long enough to watch. */
const normal = { pages: 300, lockSecs: 5, pageDelayMs: { min: 250, max: 750 } } as const
/** Takes about ten seconds, mostly for processes to start and for locks to expire. */
const fast = { pages: 90, lockSecs: 5, pageDelayMs: { min: 60, max: 140 } } as const
const concurrency = 4
/** Takes about twenty seconds, half of them with the policy. */
const polite = { sites: 30, pagesPerSite: 8, delaySecs: 0.5, pageDelayMs: { min: 100, max: 300 } } as const
/** Takes about ten seconds. */
const politeFast = { sites: 10, pagesPerSite: 4, delaySecs: 0.3, pageDelayMs: { min: 50, max: 150 } } as const
/** Of each crawler of those. Without a policy, it is many requests for each site. */
const politeConcurrency = 20
/** Nobody is killed there, so no lock has to run out. */
const politeLockSecs = 60
const stores: readonly DemonstrationStore[] = ['sqlite', 'postgres']

export const helpText = `Usage: npm run demo -- [options]

Crawler processes share one request queue on a Headlock server of their own. One of them is killed half-way.
The others finish its pages when its locks have expired, and no page is crawled twice.
With --store postgres there are two servers on one PostgreSQL, which is included. One of them is killed too.

With --polite they crawl ${polite.sites} sites instead, first without a policy and then with one, and nothing is killed. A table
shows how many requests each site had at once, and how soon after one another.

  --pages N      pages of the site, 20 to 5000 (default ${normal.pages}; ${fast.pages} with --fast)
  --seed S       the seed of the site, 0 to 4294967295 (default 1)
  --crawlers N   crawler processes, 2 to 9 (default 3)
  --polite       show what a policy does, at ${polite.sites} sites of ${polite.pagesPerSite} pages
  --fast         a small and quick site, about ten seconds in all
  --store S      sqlite or postgres (default sqlite)
  --keep         keep the directory with the server's data, with sqlite
  --help         show this text
`

/**
 * Reads the options of the demonstration. Null: help was requested.
 *
 * @throws OptionError for an unknown option or a value that is not allowed
 */
export function readOptions(args: readonly string[]): DemoOptions | null {
  const values = parse(args)
  if (values.help === true) return null
  const store = storeOf(values.store)
  if (store === 'postgres' && values.keep === true) {
    throw new OptionError('--keep cannot be used with --store postgres, which keeps no file.\n')
  }
  if (values.polite === true && values.pages !== undefined) {
    throw new OptionError('--pages cannot be used with --polite, which has sites of its own.\n')
  }
  const isFast = values.fast === true
  const size = isFast ? fast : normal
  const shared = {
    store,
    seed: wholeNumber('--seed', values.seed, 0, 2 ** 32 - 1) ?? 1,
    crawlers: wholeNumber('--crawlers', values.crawlers, 2, 9) ?? 3,
  }
  return {
    ...size,
    ...shared,
    concurrency,
    pages: wholeNumber('--pages', values.pages, 20, 5000) ?? size.pages,
    keep: values.keep === true,
    polite:
      values.polite === true
        ? {
            ...(isFast ? politeFast : polite),
            ...shared,
            concurrency: politeConcurrency,
            lockSecs: politeLockSecs,
          }
        : null,
  }
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        pages: { type: 'string' },
        seed: { type: 'string' },
        crawlers: { type: 'string' },
        store: { type: 'string' },
        fast: { type: 'boolean' },
        keep: { type: 'boolean' },
        polite: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    return values
  } catch (error) {
    // The first sentence says what is wrong. The rest is advice for programmers.
    const [reason] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/)
    throw new OptionError(`${reason?.replace(/\.$/, '')}.\n\n${helpText}`, { cause: error })
  }
}

function storeOf(text = 'sqlite'): DemonstrationStore {
  const store = stores.find((known) => known === text)
  if (store !== undefined) return store
  throw new OptionError(`--store must be ${stores.join(' or ')}, not ${JSON.stringify(text)}.\n`)
}

function wholeNumber(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new OptionError(
    `${name} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}.\n`,
  )
}
