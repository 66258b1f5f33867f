/**
 * What every answer says to browsers and to caches on the way: it is what its type says, and it is nobody else's. A token in the
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
