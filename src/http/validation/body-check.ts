import type { TSchema } from 'typebox'
import { Compile } from 'typebox/schema'
import { HeadlockError } from '../../domain/errors.ts'
import { invalidInput } from '../errors/errors.ts'
import { ownCheckOf } from './own-check.ts'

interface Problem {
  readonly keyword: string
  /** `/3/url` for the member `url` of element 3. */
  readonly instancePath: string
  readonly params: object
}

/** How messages name the types of a schema. */
const nouns: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
}

/**
 * Makes the check of a body from its schema. The check converts nothing (a number in quotes is not a number), and keeps
 * members that the schema does not know. It refuses with `invalidInput`, and names the first field that does not fit.
 */
export function compileBody(schema: TSchema): (body: unknown) => true | { error: HeadlockError } {
  const check = ownCheckOf(schema)
  if (check !== undefined) {
    const isOptional = [(schema as { type?: string | string[] }).type].flat().includes('null')
    const ofNone = isOptional ? true : { error: missing(schema) }
    return (body) => (body === null ? ofNone : (refusalBy(check, body) ?? true))
  }
  const validator = Compile(schema)
  const { maxItems } = schema as { maxItems?: number }
  return (whole) => {
    // Both would go through the whole list, which took seconds with millions of elements.
    const body = beginningOf(whole, maxItems)
    if (validator.Check(body)) return true
    // Fastify passes null both for a missing body and for the JSON `null`.
    if (body === null) return { error: missing(schema) }
    return { error: invalidInput(sentenceOf(validator.Errors(body)[1][0]!)) }
  }
}

function missing(schema: TSchema): HeadlockError {
  const { type } = schema as { type: string }
  return invalidInput(`a JSON body is needed, ${nouns[type]}, with the header Content-Type: application/json`)
}

function refusalBy(check: (body: unknown) => void, body: unknown): { error: HeadlockError } | null {
  try {
    check(body)
    return null
  } catch (error) {
    if (error instanceof HeadlockError) return { error }
    throw error
  }
}

/** Cuts a list that is too long to one element more than allowed. */
function beginningOf(body: unknown, maxItems: number | undefined): unknown {
  if (!Array.isArray(body) || maxItems === undefined || body.length <= maxItems) return body
  return body.slice(0, maxItems + 1)
}

function sentenceOf({ keyword, instancePath, params }: Problem): string {
  const subject = subjectOf(instancePath)
  const { limit, type, allowedValues, requiredProperties, message } = params as {
    limit?: number
    type?: string | string[]
    allowedValues?: unknown[]
    requiredProperties?: string[]
    message?: string
  }
  switch (keyword) {
    case 'required':
      return `${subject} needs ${requiredProperties!.join(' and ')}`
    case 'type':
      return `${subject} must be ${[type]
        .flat()
        .map((name) => nouns[name!])
        .join(' or ')}`
    case 'enum':
      return `${subject} must be one of ${allowedValues!.filter((value) => value !== null).join(', ')}`
    case 'minLength':
    case 'minItems':
      // Every minimum in our schemas is 1.
      return `${subject} must not be empty`
    case 'maxLength':
      return `${subject} must have ${limit} characters at most`
    case 'maxItems':
      return `${subject} must have ${limit} elements at most`
    case '~refine':
      return `${subject} ${message}`
    default:
      return `${subject} does not fit (${keyword})`
  }
}

/** `/3/url` is "url of element 3", counted from 0 as the caller's program does. */
function subjectOf(instancePath: string): string {
  const steps = instancePath.split('/').slice(1)
  if (steps.length === 0) return 'the body'
  const inElement = /^\d+$/.test(steps[0]!)
  const field = steps.slice(inElement ? 1 : 0).join('.')
  if (!inElement) return field
  return field === '' ? `element ${steps[0]}` : `${field} of element ${steps[0]}`
}
