import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { HeadlockError } from '../domain/errors.ts'
import { type RateLimits, rateLimitHeader } from './rate-limits.ts'

const methods: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'DELETE']

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
      method: methods.filter((method) => !own.includes(method)),
      url: `/v2/request-queues/:queueId/requests/${name}`,
      schema: { hide: true },
      config: { open: true },
      handler: answer,
    })
  }

  function answer(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const path = request.raw.url!.split('?', 1)[0]!
    const allowed = ['OPTIONS', ...allowedMethods(path)]
    reply.header(rateLimitHeader, rateLimits.limitOf('rest'))
    if (request.method === 'OPTIONS') return reply.code(204).header('allow', allowed.join(',')).send()
    if (allowed.length === 1) throw new HeadlockError('pageNotFound', { path })
    reply.header('allow', allowed.join(','))
    throw new HeadlockError('methodNotAllowed', { methods: allowed.join(',') })
  }

  function allowedMethods(path: string): readonly HTTPMethods[] {
    const [, name] = /^\/v2\/request-queues\/[^/]+\/requests\/(\w+)\/?$/.exec(path) ?? []
    if (name !== undefined && Object.hasOwn(notRequestIds, name)) return notRequestIds[name]!
    return methods.filter((method) => app.findRoute({ method, url: path }) !== null)
  }
}
