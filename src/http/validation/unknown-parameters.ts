import type { FastifyInstance } from 'fastify'
import { shortened, wellFormedJson } from '../api/well-formed.ts'
import { invalidInput } from '../errors/errors.ts'

/** Where the calls are that no client of the hosted platform makes. */
const ours = '/headlock/v1/'
/** Every call takes them. They were read before (guards.ts, method-override.ts). */
const ofEveryCall: readonly string[] = ['token', 'method']
const shownLengthMax = 60

/**
 * Refuses parameters that a call of `/headlock/v1` does not take: a misspelled filter would show everything. `/v2` ignores
 * them, because its clients send more than each call needs (docs/api-details.md).
 */
export function refuseUnknownParameters(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (!route.url.startsWith(ours)) return
    const { querystring } = (route.schema ?? {}) as { querystring?: { properties: object } }
    const known = Object.keys(querystring?.properties ?? {})
    const { preValidation: others = [] } = route
    route.preValidation = [
      // Input in the wrong place comes first: its refusal says where it belongs.
      ...(Array.isArray(others) ? others : [others]),
      (request, _reply, done) => {
        const problem = unknownParameter(request.query as Readonly<Record<string, unknown>>, known)
        done(problem === null ? undefined : invalidInput(problem))
      },
    ]
  })
}

function unknownParameter(query: Readonly<Record<string, unknown>>, known: readonly string[]): string | null {
  const unknown = Object.keys(query).find((name) => !known.includes(name) && !ofEveryCall.includes(name))
  if (unknown === undefined) return null
  const shown = wellFormedJson(JSON.stringify(shortened(unknown, shownLengthMax)))
  return `this call does not take the query parameter ${shown}; ${
    known.length === 0 ? 'it takes none' : `it takes ${known.join(', ')}`
  }`
}
