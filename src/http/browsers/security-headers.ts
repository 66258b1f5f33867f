/**
 * Headers for browsers and caches: do not guess another content type, and do not store the answer. A cache would store an answer
 * to a call with `?token=`, because it only treats calls with an `Authorization` header as private.
 */
export const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const

/** The same headers as text, for answers that do not go through Fastify. */
export const securityHeaderLines = Object.entries(securityHeaders)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('')

/** The headers for a route. Only GET gets them: other answers are neither cached nor loaded into a page, and each header costs time. */
export function securityHeadersOf(methods: string | readonly string[]): Partial<typeof securityHeaders> {
  return [methods].flat().includes('GET') ? securityHeaders : {}
}
