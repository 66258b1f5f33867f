import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { HeadlockError } from '../../domain/errors.ts'
import { securityHeaders } from '../browsers/security-headers.ts'
import { leadsToConsole } from '../console/accept.ts'
import { shortAnswerBytesMax } from '../overload/answer-size.ts'
import { type RateLimits, rateLimitHeader } from '../rate-limit/rate-limits.ts'
import { shownPath } from './shown-path.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route exists only to say that there is no such call. */
    readonly noRoute?: true
  }
}

const methods: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']

/** Words in the place of a request ID that are not IDs. Without routes of their own, the router would take them for IDs. */
export const notRequestIds: Readonly<Record<string, readonly HTTPMethods[]>> = {
  batch: ['POST', 'DELETE'],
  unlock: ['POST'],
}

/**
 * Answers calls that no route takes: 404 for an unknown path, 405 for a method that the path does not have, and the answer
 * to OPTIONS, which every path has (rules 9.1, 9.9). None of them needs a token. A browser at `/` is led to the console.
 */
export function addNotFound(app: FastifyInstance, rateLimits: RateLimits): void {
  app.setNotFoundHandler(answer)
  for (const [name, own] of Object.entries(notRequestIds)) {
    app.route({
      // HEAD is included, or the router would take it for a call on a request with that ID.
      method: methods.filter((method) => method !== 'HEAD' && !own.includes(method)),
      url: `/v2/request-queues/:queueId/requests/${name}`,
      schema: { hide: true },
      config: { open: true, noRoute: true, answerBytesMax: shortAnswerBytesMax },
      handler: answer,
    })
  }

  function answer(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (leadsToConsole(request.raw))
      return reply
        .code(302)
        .headers({ ...securityHeaders, location: './console/' })
        .send()
    if (request.method !== 'OPTIONS') throw refusalOfMissingRoute(request, reply)
    return answerOptions(request, reply, rateLimits)
  }
}

/** Answers OPTIONS, whatever else is wrong with the call (rule 9.9). */
export function answerOptions(
  request: FastifyRequest,
  reply: FastifyReply,
  rateLimits: RateLimits,
): FastifyReply {
  reply.headers({ [rateLimitHeader]: rateLimits.limitOf('rest'), ...securityHeaders })
  return reply
    .code(204)
    .removeHeader('content-type')
    .header('allow', allowedMethods(request).join(','))
    .send()
}

/** Whether no route takes the call, so that nothing else about it matters. */
export function hasNoRoute(request: FastifyRequest): boolean {
  return request.is404 || request.routeOptions.config.noRoute === true
}

/** Makes the refusal of a call that no route takes. A 405 gets the header `Allow`. */
export function refusalOfMissingRoute(request: FastifyRequest, reply: FastifyReply): HeadlockError {
  const allowed = allowedMethods(request)
  if (allowed.length === 1) return new HeadlockError('pageNotFound', { path: shownPath(request.raw.url!) })
  reply.header('allow', allowed.join(','))
  return new HeadlockError('methodNotAllowed', { methods: allowed.join(',') })
}

function allowedMethods(request: FastifyRequest): readonly HTTPMethods[] {
  const path = pathOf(request)
  const plainPath = decoded(path)
  if (plainPath === null) return ['OPTIONS']
  // The router looks up the decoded path.
  const [, name] = /^\/v2\/request-queues\/[^/]+\/requests\/(\w+)\/?$/.exec(plainPath) ?? []
  if (name !== undefined && Object.hasOwn(notRequestIds, name)) return ['OPTIONS', ...notRequestIds[name]!]
  const found = methods.filter((method) => request.server.findRoute({ method, url: path }) !== null)
  return ['OPTIONS', ...found]
}

function pathOf(request: FastifyRequest): string {
  return request.raw.url!.split(/[?#]/, 1)[0]!
}

/** @returns null when the path cannot be decoded, so that no route has it */
function decoded(path: string): string | null {
  try {
    return decodeURI(path)
  } catch {
    return null
  }
}
