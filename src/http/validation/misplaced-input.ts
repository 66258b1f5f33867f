import type { FastifyInstance, FastifyRequest } from 'fastify'
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
 * ignored, because clients send more than each call needs (docs/api-details.md).
 */
export function refuseMisplacedInput(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const { body, querystring } = (route.schema ?? {}) as {
      body?: object
      querystring?: { properties: object }
    }
    const parameters = body === undefined ? Object.keys(querystring?.properties ?? {}) : []
    const misplaced = Object.entries(route.config?.misplaced ?? {})
    if (parameters.length === 0 && misplaced.length === 0) return
    route.preValidation = (request, _reply, done) => {
      const problem = problemOfBody(request, parameters) ?? problemOfQuery(request, misplaced)
      done(problem === null ? undefined : invalidInput(problem))
    }
  })
}

function problemOfBody({ body, query }: FastifyRequest, parameters: readonly string[]): string | null {
  if (typeof body !== 'object' || body === null || parameters.length === 0) return null
  if (Array.isArray(body)) return body.length === 0 ? null : 'this call takes no list in its body'
  const given = query as Readonly<Record<string, unknown>>
  const name = parameters.find(
    (each) => given[each] === undefined && (body as Readonly<Record<string, unknown>>)[each] != null,
  )
  return name === undefined ? null : `this call takes ${name} in the query, and no body`
}

function problemOfQuery(
  { query }: FastifyRequest,
  misplaced: readonly (readonly [name: string, advice: string])[],
): string | null {
  const given = query as Readonly<Record<string, unknown>>
  const found = misplaced.find(([name]) => given[name] !== undefined)
  return found === undefined ? null : `this call does not take the query parameter ${found[0]}: ${found[1]}`
}
