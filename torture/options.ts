import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import type { Kind } from './kind.ts'

export interface Options {
  readonly chosen: readonly Kind[]
  readonly minutes: number
  readonly seed: number
  readonly jobs: number
  /** A PostgreSQL, or a cluster, to use instead of one that is started; undefined: none. */
  readonly store: string | undefined
}

/** The message says what is allowed. */
export class OptionError extends Error {}

/** @throws OptionError for an unknown option, or a value out of range */
export function readOptions(args: readonly string[], kinds: readonly Kind[]): Options {
  const names = kinds.map(({ name }) => `  ${name}\n`).join('')
  const help = `Allowed: --minutes N (default 5), --seed N, --jobs N (default ${availableParallelism()}), --store postgres://…, --only NAME (several times) of\n${names}`
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        minutes: { type: 'string', default: '5' },
        seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
        jobs: { type: 'string', default: String(availableParallelism()) },
        store: { type: 'string' },
        only: { type: 'string', multiple: true },
      },
    })
    const chosen = values.only?.map((name) => {
      const kind = kinds.find((each) => each.name === name)
      if (kind === undefined) throw new Error(`There is no kind named ${name}.`)
      return kind
    })
    return {
      chosen: [...new Set(chosen ?? kinds)],
      store: values.store,
      minutes: numberOf('minutes', values.minutes, 0, 10_000),
      seed: wholeNumberOf('seed', values.seed, 0, 2 ** 32 - 1),
      jobs: wholeNumberOf('jobs', values.jobs, 1, 64),
    }
  } catch (error) {
    throw new OptionError(`${error instanceof Error ? error.message : String(error)}\n${help}`)
  }
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= least && value <= most)) {
    throw new Error(`--${name} takes a number from ${least} to ${most}, not ${text}.`)
  }
  return value
}

function wholeNumberOf(name: string, text: string, least: number, most: number): number {
  const value = numberOf(name, text, least, most)
  if (!Number.isInteger(value)) throw new Error(`--${name} takes a whole number, not ${text}.`)
  return value
}
