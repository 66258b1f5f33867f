import { docsHtml } from './docs-html.ts'
import type { Entrance } from './entrance.ts'
import type { OpenApi } from './openapi.ts'
import { askForToken, pageHeaders } from './page.ts'
import type { App } from './server.ts'

/** The description of the API for people, at /docs: one page, made here, that needs no other file. */
export function addDocsPage(app: App, openApi: () => OpenApi, entrance: Entrance): void {
  app.get('/docs', {
    schema: { hide: true },
    errorHandler: askForToken,
    handler: async (request, reply) => {
      const { token } = request.query as { token?: string | string[] }
      const baseUrl = entrance.baseUrlOf(request)
      const html = docsHtml(openApi(), { baseUrl, token: [token].flat()[0] ?? null })
      return reply.headers(pageHeaders).send(html)
    },
  })
}
