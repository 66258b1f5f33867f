import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import type { BrowserOptions } from '../browsers/browser-options.ts'
import { jsonType } from '../errors/errors.ts'
import { pageBytesMax } from '../overload/answer-size.ts'

/** The parts of the description that the page at /docs shows. */
export interface OpenApi {
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, OpenApiSchema>> }
}

export interface OpenApiOperation {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly tags: readonly string[]
  readonly security?: readonly object[]
  readonly parameters?: readonly OpenApiParameter[]
  readonly requestBody?: { required?: boolean; readonly content: OpenApiContent }
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: OpenApiContent }>
  >
}

export interface OpenApiParameter {
  readonly in: 'path' | 'query' | 'header'
  readonly name: string
  readonly required: boolean
  readonly description?: string
  readonly schema: OpenApiSchema
  readonly example?: unknown
}

type OpenApiContent = Readonly<Record<string, { readonly schema: OpenApiSchema; readonly example?: unknown }>>

export interface OpenApiSchema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, OpenApiSchema>>
  readonly required?: readonly string[]
  readonly items?: OpenApiSchema
  readonly [limit: string]: unknown
}

const description = `The request-queue API of this server. It is compatible with the request queues of the \
Apify API v2, so that clients of that API work here with another base URL. Headlock is independent of Apify.

Success is \`{"data": ...}\`, failure is \`{"error": {"type", "message"}}\`. Times are ISO 8601 in UTC with \
milliseconds. A GET or a POST with \`?method=POST\`, \`PUT\` or \`DELETE\` counts as a call with that method. The \
header \`X-RateLimit-Limit\` of every answer says how many calls per second are allowed.`

/**
 * Collects the routes that are added after this call, and serves their description at /openapi.json.
 *
 * @returns a function that gives the description when the server is ready
 */
export async function addOpenApi(
  app: FastifyInstance,
  { version, browsers }: { readonly version: string; readonly browsers?: BrowserOptions | undefined },
): Promise<() => OpenApi> {
  const takesQueryToken = browsers?.noQueryToken !== true
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Headlock', version, description },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'Authorization: Bearer TOKEN' },
          ...(takesQueryToken
            ? { token: { type: 'apiKey', in: 'query', name: 'token', description: '?token=TOKEN' } }
            : {}),
        },
      },
      security: [{ bearer: [] }, ...(takesQueryToken ? [{ token: [] }] : [])],
    },
    transformObject: (document) => {
      const openApi = 'openapiObject' in document ? document.openapiObject : {}
      markOptionalBodies(openApi as unknown as OpenApi)
      return openApi
    },
    refResolver: { buildLocalReference: (schema) => String(schema['$id']) },
  })

  let text: string | undefined
  // The page at /docs links to this, and browsers send no token with a link.
  const config = { page: true, answerBytesMax: pageBytesMax } as const
  app.get('/openapi.json', { schema: { hide: true }, config }, async (_request, reply) => {
    reply.type(jsonType)
    text ??= JSON.stringify(app.swagger())
    return text
  })
  return () => app.swagger() as unknown as OpenApi
}

/** Marks bodies that may be null as optional. The plugin marks every body as required. */
function markOptionalBodies({ paths }: OpenApi): void {
  for (const { requestBody } of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    if (requestBody === undefined) continue
    const types = Object.values(requestBody.content).flatMap(({ schema }) => schema.type ?? [])
    requestBody.required = !types.includes('null')
  }
}
