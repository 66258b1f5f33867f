/** Reads the fields of a JSON document. Each refusal names the field and says what is allowed. */
import { HeadlockError } from '../errors.ts'
import { printable } from '../printable.ts'
import { type Millis, millisOf } from '../time.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** Shown of a value that is refused. */
const shownLengthMax = 100

/** @throws HeadlockError `invalidInput` */
export function refuse(problem: string): never {
  throw new HeadlockError('invalidInput', { problem })
}

/** Reads an object that has no fields but these. `path` is where it is, empty for the document itself. */
export function objectAt(value: unknown, path: string, names: readonly string[], what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(`${path === '' ? what : path} must be an object with the fields ${names.join(', ')}`)
  }
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown === undefined) return value as JsonObject
  return refuse(`${member(path, shown(unknown))} is not a field of ${what}: allowed are ${names.join(', ')}`)
}

export function listAt(value: unknown, path: string): readonly unknown[] {
  return Array.isArray(value) ? value : refuse(`${path} must be a list`)
}

export function booleanAt(value: unknown, path: string): boolean {
  return typeof value === 'boolean' ? value : refuse(`${path} must be true or false`)
}

export function integerAt(value: unknown, path: string, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  return refuse(`${path} must be a whole number from ${min} to ${max}`)
}

export function numberAt(value: unknown, path: string, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value
  return refuse(`${path} must be a number from ${min} to ${max}`)
}

/** Reads seconds, which may have fractions. A positive number is never 0 ms. */
export function secsAt(value: unknown, path: string, min: number, max: number): Millis {
  return atLeastOne(numberAt(value, path, min, max))
}

/** The same, but 0 is not allowed. */
export function positiveSecsAt(value: unknown, path: string, max: number): Millis {
  if (typeof value === 'number' && value > 0 && value <= max) return atLeastOne(value)
  return refuse(`${path} must be a number above 0 and at most ${max}`)
}

function atLeastOne(secs: number): Millis {
  return secs === 0 ? 0 : Math.max(1, millisOf(secs))
}

export function member(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

/** A text from a document, for a message. */
export function shown(text: string): string {
  const cut = text.length <= shownLengthMax ? text : `${text.slice(0, shownLengthMax)}…`
  return printable(cut)
}
