/**
 * Parsers for the values of options. Each throws an error that says what is allowed, from which Commander
 * makes a message.
 */
import { InvalidArgumentError } from 'commander'
import { settings } from '../../src/app/config/settings.ts'

/** For an option that can be given several times. Duplicates count once. */
export function collected<Value>(read: (text: string) => Value) {
  return (text: string, before: readonly Value[] = []) => [...new Set([...before, read(text)])]
}

export function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }
}

export function threads(text: string): number {
  const value = settings.threads.parse(text)
  if (value !== undefined) return value
  throw new InvalidArgumentError(`It must be ${settings.threads.allowed}.`)
}

export function minutes(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= 0.25 && value <= 1440) return value
  throw new InvalidArgumentError('It must be a number from 0.25 to 1440.')
}

export function store(text: string): 'sqlite' | 'postgres' {
  if (text === 'sqlite' || text === 'postgres') return text
  throw new InvalidArgumentError('It must be sqlite or postgres.')
}

/** One of these values, by name. */
export function oneOf<Value>(values: readonly Value[], nameOf: (value: Value) => string) {
  return (text: string): Value => {
    const found = values.find((value) => nameOf(value) === text)
    if (found !== undefined) return found
    const names = values.map((value) => `"${nameOf(value)}"`)
    throw new InvalidArgumentError(`It must be one of ${names.join(', ')}.`)
  }
}

/** Such as `2 million`, `100 thousand` or `5000`. */
export function requests(text: string): number {
  const [, digits, unit] = /^(\d{1,9})(?: (thousand|million))?$/.exec(text) ?? []
  const count = Number(digits) * (unit === 'million' ? 1_000_000 : unit === 'thousand' ? 1000 : 1)
  if (count > 0 && count % 10 === 0) return count
  throw new InvalidArgumentError('It must be a multiple of ten, such as "2 million", "100 thousand" or 5000.')
}

/** A git revision. It must not begin with a dash, because git would take it for an option. */
export function revision(text: string): string {
  if (/^[^-\s][^\s]*$/.test(text)) return text
  throw new InvalidArgumentError('It must be a git revision: a commit, a branch or a tag.')
}
