import type { IncomingMessage } from 'node:http'
import { html } from './html.ts'
import { page } from './page.ts'

/**
 * Makes the form that asks for a token. It is sent to the path of the page without a query, so that no token stays in the
 * URL.
 *
 * @param wasWrong whether an invalid token was given
 */
export function signInHtml({ headers }: IncomingMessage, wasWrong: boolean): string {
  const problem = wasWrong ? html`<p class="problem" role="alert">This token is not valid.</p>` : ''
  // The browser does not send the cookie when the reader follows a link of another site.
  const cameByLink = headers['sec-fetch-site'] === 'cross-site' || headers['sec-fetch-site'] === 'same-site'
  const again = cameByLink && !wasWrong ? html`<p><a href="?">I have signed in already</a></p>` : ''
  return page(
    'Sign in - Headlock',
    html`<main class="form"><h1>Headlock</h1>${problem}
      <p>Paste an API token of this server to see this page.</p>
      <form method="post" action="?"><input name="token" type="password" placeholder="API token" required
        autofocus autocomplete="off" maxlength="200" aria-label="API token"><button>Sign in</button></form>${again}
      <p>The first start of the server creates a token, and <code>headlock token create</code> creates more. The
        browser stays signed in to these pages for eight hours.</p></main>`,
  )
}
