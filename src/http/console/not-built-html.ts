import { html } from '../pages/html.ts'
import { page } from '../pages/page.ts'

/** The page of a server whose console was not built. */
export function notBuiltHtml(): string {
  return page(
    'Console not built - Headlock',
    html`<main class="form"><h1>The console was not built</h1>
      <p>This server runs from a clone of the repository, and its files of the console are missing. Run this in the clone, and load
        this page again:</p><pre>npm run build:console</pre>
      <p>All calls of the API work meanwhile: see <a href="../docs">the documentation</a>.</p></main>`,
  )
}
