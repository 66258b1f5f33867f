import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/schema'

export interface Problem {
  readonly keyword: string
  /** `/3/url` for the member `url` of element 3. */
  readonly instancePath: string
  readonly params: object
}

/** What is read of a schema here. */
interface Shape {
  readonly items?: Shape
  readonly maxItems?: number
  readonly properties?: Readonly<Record<string, Shape>>
}

/**
 * Makes the look for the first thing that is wrong with a body that does not fit this schema: a request, or a list of them. Typebox
 * takes a microsecond for each element of a list, wherever in the body the fault is; members may be lists of millions, of error
 * messages say. So it sees the requests without those, and then the first of their elements that does not fit.
 *
 * @returns the look; it throws for a body that fits, which is a mistake of whoever asks
 */
export function compileFirstProblem(schema: TSchema): (body: unknown) => Problem {
  const shape = schema as Shape
  const validator = Compile(schema)
  const members = Object.entries((shape.items ?? shape).properties ?? {})
  const isOfElements = shape.items !== undefined
  const elementChecks = new Map<string, Validator>()
  for (const [name, { items, maxItems }] of members) {
    if (items !== undefined && maxItems === undefined) elementChecks.set(name, Compile(items as TSchema))
  }

  /** A request with the members that the schema knows, and none of the elements of its long lists. */
  function brief(request: unknown): unknown {
    if (typeof request !== 'object' || request === null || Array.isArray(request)) return request
    const whole = request as Readonly<Record<string, unknown>>
    const known = members.filter(([name]) => Object.hasOwn(whole, name))
    return Object.fromEntries(
      known.map(([name]) => [name, elementChecks.has(name) && Array.isArray(whole[name]) ? [] : whole[name]]),
    )
  }

  return (body) => {
    // What is no list where one is wanted, or the other way round, is looked at no further than that.
    if (Array.isArray(body) !== isOfElements) return validator.Errors(body)[1][0]!
    const [, problems] = validator.Errors(isOfElements ? (body as unknown[]).map(brief) : brief(body))
    if (problems.length > 0) return problems[0]!
    for (const [index, request] of (isOfElements ? (body as unknown[]) : [body]).entries()) {
      for (const [name, check] of elementChecks) {
        const list = (request as Readonly<Record<string, unknown>>)[name]
        if (!Array.isArray(list)) continue
        const wrong = list.findIndex((element) => !check.Check(element))
        if (wrong === -1) continue
        const [, [problem]] = check.Errors(list[wrong])
        const instancePath = `${isOfElements ? `/${index}` : ''}/${name}/${wrong}${problem!.instancePath}`
        return { ...problem!, instancePath }
      }
    }
    throw new Error('this body fits its schema')
  }
}
