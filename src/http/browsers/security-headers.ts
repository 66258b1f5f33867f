/**
 * What answers say to browsers and to caches on the way: this is what its type says, and it is nobody else's. A token in the
 * address (`?token=`) would let a cache keep an answer that a header keeps it from.
 */
export const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const

/** The same for an answer that is written by hand. */
export const securityHeaderLines = Object.entries(securityHeaders)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('')

/** Those of a route: nobody keeps the answer to a call that changes something, nor loads it into a page, and each header costs. */
export function securityHeadersOf(methods: string | readonly string[]): Partial<typeof securityHeaders> {
  return [methods].flat().includes('GET') ? securityHeaders : {}
}
