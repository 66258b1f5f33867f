/** Values from a schema: valid, just valid, and invalid. */
import type { OpenApiSchema } from '../../src/http/api/openapi.ts'
import type { Random } from '../random.ts'
import { awkwardJson, awkwardNames, awkwardTexts, chance, nested } from './values.ts'

type Schemas = Readonly<Record<string, OpenApiSchema>>

/** The probability that a value is wrong: never, rarely or often. */
export type Wrongness = 0 | 0.05 | 0.4

/** A member of a body as JSON text. With wrongness it may be any text. */
export function jsonFor(
  schema: OpenApiSchema,
  schemas: Schemas,
  random: Random,
  wrongness: Wrongness,
  name = '',
): string {
  const { $ref } = schema
  if ($ref !== undefined) {
    return jsonFor(schemas[$ref.slice($ref.lastIndexOf('/') + 1)]!, schemas, random, wrongness, name)
  }
  if (chance(random, wrongness)) return wrongJson(random)
  const types = [schema.type ?? 'string'].flat() as string[]
  const type = random.pick(
    types.length > 1 && chance(random, 0.8) ? types.filter((each) => each !== 'null') : types,
  )
  if (schema.enum !== undefined) return JSON.stringify(random.pick(schema.enum))
  switch (type) {
    case 'object':
      return objectFor(schema, schemas, random, wrongness)
    case 'array': {
      const most = chance(random, wrongness)
        ? 27
        : Math.min(Number(schema['maxItems'] ?? 3), random.pick([1, 3, 25]))
      const least = chance(random, wrongness) ? 0 : Number(schema['minItems'] ?? 0)
      const length = random.between(Math.min(least, most), most)
      const items = schema.items ?? {}
      return `[${Array.from({ length }, () => jsonFor(items, schemas, random, wrongness)).join()}]`
    }
    case 'integer':
    case 'number':
      return String(
        random.pick([0, 1, 2, 17, Number(schema['maximum'] ?? 1e6), Number(schema['minimum'] ?? 0)]),
      )
    case 'boolean':
      return random.pick(['true', 'false'])
    case 'null':
      return 'null'
    default:
      return JSON.stringify(textOf(name, schema, random))
  }
}

function objectFor(schema: OpenApiSchema, schemas: Schemas, random: Random, wrongness: Wrongness): string {
  const members: string[] = []
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const isRequired = schema.required?.includes(name) === true
    if (isRequired ? chance(random, wrongness / 2) : chance(random, name === 'id' ? 0.9 : 0.7)) continue
    members.push(`${JSON.stringify(name)}:${jsonFor(member, schemas, random, wrongness, name)}`)
    // The same member twice.
    if (chance(random, wrongness / 10)) members.push(members[0]!)
  }
  if (schema.properties === undefined || chance(random, 0.1 + wrongness / 2)) {
    const name = chance(random, 0.5) ? random.pick(awkwardNames) : random.pick(awkwardTexts)
    members.push(`${JSON.stringify(name)}:${jsonOf(random)}`)
  }
  return `{${members.join()}}`
}

/** Any JSON. Most of it does no harm to a program that only stores it. */
function jsonOf(random: Random): string {
  if (chance(random, 0.5)) return JSON.stringify(random.pick(awkwardTexts))
  if (chance(random, 0.1)) return nested(random, random.pick([1, 10, 100, 1000]))
  return random.pick(awkwardJson.slice(0, awkwardJson.indexOf('NaN')))
}

function wrongJson(random: Random): string {
  const dice = random.next()
  if (dice < 0.5) return random.pick(awkwardJson)
  if (dice < 0.9) return JSON.stringify(random.pick(awkwardTexts))
  if (dice < 0.98) return nested(random, random.pick([10, 100, 1000]))
  return JSON.stringify('long '.repeat(random.pick([100, 1000, 10_000])))
}

/** A text that is valid for the member, as far as its name and description tell. */
function textOf(name: string, schema: OpenApiSchema, random: Random): string {
  switch (name) {
    case 'url':
      return `https://example.com/${random.between(0, 99)}`
    case 'uniqueKey':
      return keyOf(random)
    case 'handledAt':
      return '2030-01-01T12:00:00.000Z'
    case 'name':
      return queueNameOf(random)
    default: {
      const examples = schema['examples'] as readonly unknown[] | undefined
      return typeof examples?.[0] === 'string' ? examples[0] : `text ${random.between(0, 9)}`
    }
  }
}

/** Few different keys, so that calls meet on the same requests and queues. */
export function keyOf(random: Random): string {
  return `key ${random.between(0, 199)}`
}

export function queueNameOf(random: Random): string {
  return `fuzzed-${random.between(0, 7)}`
}

/** A query parameter as text, not yet encoded. */
export function parameterFor(
  schema: OpenApiSchema,
  name: string,
  random: Random,
  wrongness: Wrongness,
): string {
  if (chance(random, wrongness)) {
    return chance(random, 0.95) ? random.pick(awkwardTexts) : 'x'.repeat(random.pick([33, 64, 5000]))
  }
  if (name === 'name') return queueNameOf(random)
  // A call may wait for a minute; the calls behind it on its connection must be answered in time too.
  if (name === 'waitSecs') return random.pick(['0', '0.5', '1', '-1', '60.5', '61'])
  if (schema.enum !== undefined) return String(random.pick(schema.enum))
  switch ([schema.type].flat()[0]) {
    case 'boolean':
      return random.pick(['true', 'false', '1', '0'])
    case 'integer':
    case 'number':
      return numberFor(schema, random)
    case 'array':
      return random.pick(['locked', 'pending', 'locked,pending', 'pending,pending'])
    default: {
      const most = Number(schema['maxLength'] ?? 40)
      return chance(random, 0.1) ? 'k'.repeat(most) : `client-${random.between(1, 4)}`
    }
  }
}

/** A number in the range, at its ends, or just outside. */
function numberFor(schema: OpenApiSchema, random: Random): string {
  const least = Number(schema['minimum'] ?? schema['exclusiveMinimum'] ?? 0)
  const most = Number(schema['maximum'] ?? 2000)
  return String(random.pick([least, least - 1, least + 1, most, most + 1, 1, 2, 5, 25, 0.5]))
}
