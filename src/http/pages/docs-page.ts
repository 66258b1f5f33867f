import type { OpenApi } from '../api/openapi.ts'
import type { Entrance } from '../entrance.ts'
import { docsHtml } from './docs-html.ts'
import type { PageRoutes } from './page-route.ts'

/** Adds the documentation of the API at /docs: one page that needs no other file. */
export function addDocsPage(pages: PageRoutes, openApi: () => OpenApi, entrance: Entrance): void {
  pages.add({
    path: '/docs',
    show: async (request) => {
      // Relative links depend on a slash at the end of the URL, which the router accepts.
      const isFolder = /^[^?#]*\/(?:[?#]|$)/.test(request.raw.url!)
      const descriptionHref = isFolder ? '../openapi.json' : 'openapi.json'
      return docsHtml(openApi(), { baseUrl: entrance.baseUrlOf(request), descriptionHref })
    },
  })
}
