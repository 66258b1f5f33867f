import { HeadlockError } from '../../domain/errors.ts'

/**
 * The refusal of a call that has a token in its address, for servers that take none there (`--no-query-token`): it stands
 * in the log of every proxy on the way.
 */
export function refusalOfQueryToken(url: string): HeadlockError | null {
  // The router, too, lets a query begin with either of them.
  const start = url.search(/[?#]/)
  if (start === -1 || !new URLSearchParams(url.slice(start + 1)).has('token')) return null
  return new HeadlockError('queryTokenNotTaken')
}
