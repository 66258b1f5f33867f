import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { HeadlockError } from '../../domain/errors.ts'
import { securityHeaders } from '../browsers/security-headers.ts'
import { shortAnswerBytesMax } from '../overload/answer-size.ts'
import { type RateLimits, rateLimitHeader } from '../rate-limit/rate-limits.ts'
import { shownPath } from './shown-path.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Only there to say that there is no such call. */
    readonly nowhere?: true
  }
}

const methods: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']

/** Stand where the ID of a request could stand, and are none: the router would take them for one. */
const notRequestIds: Readonly<Record<string, readonly HTTPMethods[]>> = {
  batch: ['POST', 'DELETE'],
  unlock: ['POST'],
}

/**
 * Calls that no route takes: 404 for a path that is not there, 405 for a method that it does not have, and
 * the answer to OPTIONS, which every path has (rules 9.1, 9.9). None of them needs a token.
 */
export function addNotFound(app: FastifyInstance, rateLimits: RateLimits): void {
  app.setNotFoundHandler(answer)
  for (const [name, own] of Object.entries(notRequestIds)) {
    app.route({
      // HEAD is not taken for a request of that ID: those have no such call.
      method: methods.filter((method) => method !== 'HEAD' && !own.includes(method)),
      url: `/v2/request-queues/:queueId/requests/${name}`,
      schema: { hide: true },
      config: { open: true, nowhere: true, answerBytesMax: shortAnswerBytesMax },
      handler: answer,
    })
  }

  function answer(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (request.method !== 'OPTIONS') throw refusalOfNowhere(request, reply)
    return answerOptions(request, reply, rateLimits)
  }
}

/** The answer to OPTIONS, whatever else is wrong with the call (rule 9.9). */
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
export function leadsNowhere(request: FastifyRequest): boolean {
  return request.is404 || request.routeOptions.config.nowhere === true
}

/** The refusal of a call that leads nowhere; the header `Allow` goes with a 405. */
export function refusalOfNowhere(request: FastifyRequest, reply: FastifyReply): HeadlockError {
  const allowed = allowedMethods(request)
  if (allowed.length === 1) return new HeadlockError('pageNotFound', { path: shownPath(request.raw.url!) })
  reply.header('allow', allowed.join(','))
  return new HeadlockError('methodNotAllowed', { methods: allowed.join(',') })
}

function allowedMethods(request: FastifyRequest): readonly HTTPMethods[] {
  const path = pathOf(request)
  const plainPath = decoded(path)
  if (plainPath === null) return ['OPTIONS']
  // Decoded, as the router looks it up.
  const [, name] = /^\/v2\/request-queues\/[^/]+\/requests\/(\w+)\/?$/.exec(plainPath) ?? []
  if (name !== undefined && Object.hasOwn(notRequestIds, name)) return ['OPTIONS', ...notRequestIds[name]!]
  const found = methods.filter((method) => request.server.findRoute({ method, url: path }) !== null)
  return ['OPTIONS', ...found]
}

function pathOf(request: FastifyRequest): string {
  return request.raw.url!.split(/[?#]/, 1)[0]!
}

/** Null for what cannot be decoded: nothing is there. */
function decoded(path: string): string | null {
  try {
    return decodeURI(path)
  } catch {
    return null
  }
}
