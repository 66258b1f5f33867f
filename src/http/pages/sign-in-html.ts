import type { IncomingMessage } from 'node:http'
import { html } from './html.ts'
import { page } from './page.ts'

/**
 * Asks for a token, and then for the same page again. The form goes to the path of the page alone, so that nothing stays in
 * its address.
 *
 * @param wasWrong a token was given, and is not valid
 */
export function signInHtml({ headers }: IncomingMessage, wasWrong: boolean): string {
  const problem = wasWrong ? html`<p class="problem" role="alert">This token is not valid.</p>` : ''
  // The browser keeps the cookie to itself when a link of another site leads here.
  const cameByLink = headers['sec-fetch-site'] === 'cross-site' || headers['sec-fetch-site'] === 'same-site'
  const again = cameByLink && !wasWrong ? html`<p><a href="?">I have signed in already</a></p>` : ''
  return page(
    'Sign in - Headlock',
    html`<main class="form"><h1>Headlock</h1>${problem}
      <p>This page is for those who may use the API: paste an API token of this server.</p>
      <form method="post" action="?"><input name="token" type="password" placeholder="API token" required
        autofocus autocomplete="off" maxlength="200" aria-label="API token"><button>Sign in</button></form>${again}
      <p>The first start of the server gives a token; <code>headlock token create</code> creates more. The
        browser stays signed in to these pages for eight hours.</p></main>`,
  )
}
