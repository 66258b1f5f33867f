import type { OpenApi } from '../api/openapi.ts'
import type { Entrance } from '../entrance.ts'
import { docsHtml } from './docs-html.ts'
import type { PageRoutes } from './page-route.ts'

/** The description of the API for people, at /docs: one page, made here, that needs no other file. */
export function addDocsPage(pages: PageRoutes, openApi: () => OpenApi, entrance: Entrance): void {
  pages.add({
    path: '/docs',
    show: async (request) => {
      // As it is written: the router lets a slash stand at the end, and links go by it.
      const isFolder = /^[^?#]*\/(?:[?#]|$)/.test(request.raw.url!)
      const descriptionHref = isFolder ? '../openapi.json' : 'openapi.json'
      return docsHtml(openApi(), { baseUrl: entrance.baseUrlOf(request), descriptionHref })
    },
  })
}
