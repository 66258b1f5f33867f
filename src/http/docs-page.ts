import { baseUrlOf } from './call.ts'
import { docsHtml } from './docs-html.ts'
import type { OpenApi } from './openapi.ts'
import { askForToken, pageHeaders } from './page.ts'
import type { App, HttpOptions } from './server.ts'

/** The description of the API for people, at /docs: one page, made here, that needs no other file. */
export function addDocsPage(app: App, openApi: () => OpenApi, { publicUrl }: HttpOptions): void {
  app.get('/docs', {
    schema: { hide: true },
    errorHandler: askForToken,
    handler: async (request, reply) => {
      const { token } = request.query as { token?: string | string[] }
      const baseUrl = baseUrlOf(request, publicUrl)
      const html = docsHtml(openApi(), { baseUrl, token: [token].flat()[0] ?? null })
      return reply.headers(pageHeaders).send(html)
    },
  })
}
