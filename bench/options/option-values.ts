/** How the values of options are read. Each throws what Commander makes a message of, with what is allowed. */
import { InvalidArgumentError } from 'commander'
import { settings } from '../../src/app/config/settings.ts'

/** Each time that the option is given adds to what it has; the same thing twice is there once. */
export function collected<Value>(read: (text: string) => Value) {
  return (text: string, before: readonly Value[] = []) => [...new Set([...before, read(text)])]
}

export function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`Allowed is a whole number from ${least} to ${most}.`)
  }
}

export function threads(text: string): number {
  const value = settings.threads.parse(text)
  if (value !== undefined) return value
  throw new InvalidArgumentError(`Allowed is ${settings.threads.allowed}.`)
}

export function minutes(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= 0.25 && value <= 1440) return value
  throw new InvalidArgumentError('Allowed is a number from 0.25 to 1440.')
}

export function store(text: string): 'sqlite' | 'postgres' {
  if (text === 'sqlite' || text === 'postgres') return text
  throw new InvalidArgumentError('Allowed is sqlite or postgres.')
}

/** One of these, by its name. */
export function oneOf<Value>(values: readonly Value[], nameOf: (value: Value) => string) {
  return (text: string): Value => {
    const found = values.find((value) => nameOf(value) === text)
    if (found !== undefined) return found
    const names = values.map((value) => `"${nameOf(value)}"`)
    throw new InvalidArgumentError(`Allowed is one of ${names.join(', ')}.`)
  }
}

/** `2 million`, `100 thousand`, `5000`. */
export function requests(text: string): number {
  const [, digits, unit] = /^(\d{1,9})(?: (thousand|million))?$/.exec(text) ?? []
  const count = Number(digits) * (unit === 'million' ? 1_000_000 : unit === 'thousand' ? 1000 : 1)
  if (count > 0 && count % 10 === 0) return count
  throw new InvalidArgumentError(
    'Allowed is a number that has tenths, such as "2 million", "100 thousand" or 5000.',
  )
}

/** Of git, which must not take it for an option of its own. */
export function revision(text: string): string {
  if (/^[^-\s][^\s]*$/.test(text)) return text
  throw new InvalidArgumentError('Allowed is a revision of git: a commit, a branch or a tag.')
}
