/** What every page for people has: its frame, its headers, and the question for a token. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { HeadlockError } from '../domain/errors.ts'
import { Html, html } from './html.ts'
import { pageStyle } from './page-style.ts'

export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  // The address of the page may hold a token: nobody else gets to see it, and nothing keeps the page.
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
}

/** A whole page; it needs no other file. */
export function page(title: string, body: Html): string {
  const style = new Html(pageStyle)
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${style}</style></head>
<body>${body}</body></html>
`.text
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

/**
 * Asks for a token and then for the same page again.
 *
 * @param problem why the token that was given is of no use; empty when none was given
 */
function tokenFormHtml(problem: string): string {
  return page(
    'Headlock',
    html`<main class="form"><h1>Headlock</h1>
      <p>${problem} This page is for those who may use the API: paste an API token of this server.</p>
      <form method="get"><input name="token" type="password" placeholder="API token" required
        autofocus autocomplete="off" aria-label="API token"><button>Show</button></form>
      <p>The first start of the server gives a token; <code>headlock token create</code> makes
        another.</p></main>`,
  )
}
