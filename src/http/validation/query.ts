import type { TProperties } from 'typebox'
import type { HeadlockError } from '../../domain/errors.ts'
import { shortened } from '../api/well-formed.ts'
import { invalidInput } from '../errors/errors.ts'

/** The query as parsed from the URL. A parameter that was given several times is a list. */
export type RawQuery = Readonly<Record<string, string | string[]>>

type Reader = (value: string | string[]) => unknown

/** The part of JSON Schema that describes parameters. */
interface ParameterSchema {
  readonly type: 'boolean' | 'integer' | 'number' | 'string' | 'array'
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly enum?: readonly string[]
  readonly items?: { readonly enum: readonly string[] }
}

/** The result for a value that the schema does not allow. It differs from every allowed value. */
const notAllowed = Symbol('not allowed')

const shownLengthMax = 60

/**
 * Makes the check of a query string from its schema. The check converts text into booleans, numbers and lists (rule 9.5), and
 * ignores parameters that the schema does not know. It refuses with `invalidInput`, and names the parameter and what is
 * allowed.
 */
export function compileQuery(schema: {
  readonly properties: TProperties
  readonly required?: readonly string[]
}): (query: RawQuery) => { value: Record<string, unknown> } | { error: HeadlockError } {
  const parameters = Object.entries(schema.properties).map(([name, property]) => {
    const parameter = property as unknown as ParameterSchema
    return {
      name,
      read: parameterReader(parameter),
      allowed: allowedBy(parameter),
      required: schema.required?.includes(name) === true,
    }
  })

  return (query) => {
    const value: Record<string, unknown> = {}
    for (const { name, read, allowed, required } of parameters) {
      const text = query[name]
      if (text === undefined) {
        if (required) return { error: invalidInput(`the query parameter ${name} is required: ${allowed}`) }
        continue
      }
      const result = read(text)
      if (result === notAllowed) return { error: invalidInput(problemOf(name, text, allowed)) }
      value[name] = result
    }
    return { value }
  }
}

/**
 * The number of items of one page (rules 4.5, 7.8, 8.1). The JavaScript client documents 0 as "the default"
 * and asks for more than the maximum when it walks through many pages.
 */
export function pageLimit(asked: number | undefined, byDefault: number, most: number = byDefault): number {
  return asked === undefined || asked === 0 ? byDefault : Math.min(asked, most)
}

function parameterReader(schema: ParameterSchema): Reader {
  switch (schema.type) {
    case 'boolean':
      return readBoolean
    case 'integer':
      return (value) => readNumber(value, wholeNumber, schema)
    case 'number':
      return (value) => readNumber(value, decimalNumber, schema)
    case 'array':
      return (value) => readList(value, schema.items!.enum)
    case 'string':
      // The domain checks the form of texts, because its messages say more about what is wrong.
      if (schema.pattern !== undefined) return (value) => (typeof value === 'string' ? value : notAllowed)
      return (value) => readString(value, schema)
  }
}

function readBoolean(value: string | string[]): unknown {
  if (value === 'true' || value === '1') return true
  if (value === 'false' || value === '0') return false
  return notAllowed
}

/** Languages with only one type of number write 10 as `10.0`. */
const wholeNumber = /^\d+(?:\.0+)?$/
const decimalNumber = /^\d+(?:\.\d+)?$/

/** Without a maximum, a number larger than any count becomes the largest one that is exact. */
function readNumber(value: string | string[], format: RegExp, schema: ParameterSchema): unknown {
  if (typeof value !== 'string' || !format.test(value)) return notAllowed
  const number = Math.min(Number(value), Number.MAX_SAFE_INTEGER)
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER, exclusiveMinimum = -1 } = schema
  return number >= minimum && number <= maximum && number > exclusiveMinimum ? number : notAllowed
}

function readString(value: string | string[], schema: ParameterSchema): unknown {
  if (typeof value !== 'string') return notAllowed
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema
  // A text has at most as many code points as UTF-16 units, and at least half as many.
  const surelyFits = value.length <= maxLength && value.length >= 2 * minLength
  const length = surelyFits ? minLength : lengthOf(value)
  if (length < minLength || length > maxLength) return notAllowed
  return schema.enum === undefined || schema.enum.includes(value) ? value : notAllowed
}

/** Counts code points, as JSON Schema does. */
function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}

/** Reads `a,b`, or a parameter that was given several times. */
function readList(value: string | string[], members: readonly string[]): unknown {
  const list = (typeof value === 'string' ? value : value.join(',')).split(',')
  return list.every((member) => members.includes(member)) ? list : notAllowed
}

function allowedBy(schema: ParameterSchema): string {
  const { type, minimum, maximum, exclusiveMinimum, minLength, maxLength } = schema
  switch (type) {
    case 'boolean':
      return 'true, false, 1 or 0'
    case 'integer':
    case 'number': {
      const noun = type === 'integer' ? 'a whole number in digits' : 'a decimal number in digits'
      const from = exclusiveMinimum === undefined ? `from ${minimum ?? 0}` : `above ${exclusiveMinimum}`
      return `${noun} ${from}${maximum === undefined ? '' : ` up to ${maximum}`}`
    }
    case 'array':
      return `a list, separated by commas, of ${schema.items!.enum.join(', ')}`
    case 'string':
      if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`
      return maxLength === undefined ? 'any text' : `${minLength ?? 0} to ${maxLength} characters`
  }
}

function problemOf(name: string, value: string | string[], allowed: string): string {
  if (typeof value !== 'string') {
    return `the query parameter ${name} was given ${value.length} times; allowed is once: ${allowed}`
  }
  const shown = JSON.stringify(shortened(value, shownLengthMax))
  return `the query parameter ${name} was given ${shown}; allowed is ${allowed}`
}
