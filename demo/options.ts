import { parseArgs } from 'node:util'
import type { DemonstrationOptions, DemonstrationStore } from './demonstration.ts'

export interface DemoOptions extends Omit<DemonstrationOptions, 'directory'> {
  /** Keeps the directory with the server's data. */
  readonly keep: boolean
}

/** The options are wrong. The message says why and what is allowed. */
export class OptionError extends Error {}

/** Takes about twenty seconds: long enough to watch. */
const normal = { pages: 300, lockSecs: 5, pageDelayMs: { min: 250, max: 750 } } as const
/** Takes about ten seconds, mostly for processes to start and for locks to expire. */
const fast = { pages: 90, lockSecs: 5, pageDelayMs: { min: 60, max: 140 } } as const
const concurrency = 4
const stores: readonly DemonstrationStore[] = ['sqlite', 'postgres']

export const helpText = `Usage: npm run demo -- [options]

Crawler processes share one request queue on a Headlock server of their own. One of them is killed half-way.
The others finish its pages when its locks have expired, and no page is crawled twice.
With --store postgres there are two servers on one PostgreSQL, which is included. One of them is killed too.

  --pages N      pages of the site, 20 to 5000 (default ${normal.pages}; ${fast.pages} with --fast)
  --seed S       the seed of the site, 0 to 4294967295 (default 1)
  --crawlers N   crawler processes, 2 to 9 (default 3)
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
  const size = values.fast === true ? fast : normal
  return {
    ...size,
    store,
    concurrency,
    pages: wholeNumber('--pages', values.pages, 20, 5000) ?? size.pages,
    seed: wholeNumber('--seed', values.seed, 0, 2 ** 32 - 1) ?? 1,
    crawlers: wholeNumber('--crawlers', values.crawlers, 2, 9) ?? 3,
    keep: values.keep === true,
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
