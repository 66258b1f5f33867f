import type { FastifyInstance, HTTPMethods } from 'fastify'
import { HeadlockError } from '../domain/errors.ts'

const methods: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'DELETE']

/**
 * Calls that no route takes: 404 for a path that is not there, 405 for a method that it does not have, and the
 * answer to OPTIONS, which every path has (rules 9.1, 9.9).
 */
export function addNotFound(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    const path = request.raw.url!.split('?', 1)[0]!
    const allowed = ['OPTIONS', ...methods.filter((method) => app.findRoute({ method, url: path }) !== null)]
    if (request.method === 'OPTIONS') return reply.code(204).header('allow', allowed.join(',')).send()
    if (allowed.length === 1) throw new HeadlockError('pageNotFound', { path })
    reply.header('allow', allowed.join(','))
    throw new HeadlockError('methodNotAllowed', { methods: allowed.join(',') })
  })
}
