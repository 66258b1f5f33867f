import { HeadlockError } from '../../domain/errors.ts'

/**
 * The refusal of a call with a token in its URL, for servers with `--no-query-token`. Every proxy on the way may log
 * the URL.
 */
export function refusalOfQueryToken(url: string): HeadlockError | null {
  // The router accepts both as the beginning of a query.
  const start = url.search(/[?#]/)
  if (start === -1 || !new URLSearchParams(url.slice(start + 1)).has('token')) return null
  return new HeadlockError('queryTokenNotTaken')
}
