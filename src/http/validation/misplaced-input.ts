import type { FastifyInstance } from 'fastify'
import type { HeadlockError } from '../../domain/errors.ts'
import { invalidInput } from '../errors/errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Parameters of other calls that this route refuses, each with what to do instead. */
    readonly misplaced?: Readonly<Record<string, string>>
  }
}

/**
 * Refuses input in the wrong place when ignoring it would mislead the caller: a query parameter of the call in a body that
 * the call does not read, a list in such a body, and the parameters that the route names as misplaced. Other unknown input is
 * ignored, because clients send more than each call needs (docs/api-details.md), except as unknown-parameters.ts says.
 */
export function refuseMisplacedInput(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const refusalOf = misplacedCheck(route)
    if (refusalOf === null) return
    route.preValidation = (request, _reply, done) => done(refusalOf(request) ?? undefined)
  })
}

/** The query and the body of a call, before their schemas have checked them. */
interface UncheckedInput {
  readonly query: unknown
  readonly body: unknown
}

interface CheckedRoute {
  readonly schema?: unknown
  readonly config?: { readonly misplaced?: Readonly<Record<string, string>> } | undefined
}

/** Makes the check of a route. Null if it has nothing to check. */
export function misplacedCheck({
  schema,
  config,
}: CheckedRoute): ((input: UncheckedInput) => HeadlockError | null) | null {
  const { body, querystring } = (schema ?? {}) as { body?: object; querystring?: { properties: object } }
  const parameters = body === undefined ? Object.keys(querystring?.properties ?? {}) : []
  const misplaced = Object.entries(config?.misplaced ?? {})
  if (parameters.length === 0 && misplaced.length === 0) return null
  return (input) => {
    const problem = problemOfBody(input, parameters) ?? problemOfQuery(input, misplaced)
    return problem === null ? null : invalidInput(problem)
  }
}

function problemOfBody({ body, query }: UncheckedInput, parameters: readonly string[]): string | null {
  if (typeof body !== 'object' || body === null || parameters.length === 0) return null
  if (Array.isArray(body)) return body.length === 0 ? null : 'this call takes no list in its body'
  const given = query as Readonly<Record<string, unknown>>
  const name = parameters.find(
    (each) => given[each] === undefined && (body as Readonly<Record<string, unknown>>)[each] != null,
  )
  return name === undefined ? null : `this call takes ${name} in the query, and no body`
}

function problemOfQuery(
  { query }: UncheckedInput,
  misplaced: readonly (readonly [name: string, advice: string])[],
): string | null {
  const given = query as Readonly<Record<string, unknown>>
  const found = misplaced.find(([name]) => given[name] !== undefined)
  return found === undefined ? null : `this call does not take the query parameter ${found[0]}: ${found[1]}`
}
