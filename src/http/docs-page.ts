import type { FastifyReply, FastifyRequest } from 'fastify'
import { HeadlockError } from '../domain/errors.ts'
import { baseUrlOf } from './call.ts'
import { docsHtml, tokenFormHtml } from './docs-html.ts'
import type { OpenApi } from './openapi.ts'
import type { App, HttpOptions } from './server.ts'

/** Of every page for people. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  // The address of the page may hold a token: nobody else gets to see it, and nothing keeps the page.
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
}

/**
 * The description of the API for people, at /docs: one page, made here, that needs no other file. */
export function addDocsPage(app: App, openApi: () => OpenApi, { publicUrl }: HttpOptions): void {
  app.get('/docs', {
    schema: { hide: true },
    errorHandler: askForToken,
    handler: async (request, reply) => {
      const html = docsHtml(openApi(), baseUrlOf(request, publicUrl))
      return reply.headers(pageHeaders).send(html)
    },
  })
}

/**
 * The error handler of a page for people: a browser has no way to send a token along by itself, so without one
 * the page asks for it.
 */
export function askForToken(error: Error, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!(error instanceof HeadlockError) || error.status !== 401) throw error
  const given = error.errorName === 'tokenNotValid'
  return reply
    .code(401)
    .headers(pageHeaders)
    .send(tokenFormHtml(given ? 'This token is not valid.' : ''))
}
