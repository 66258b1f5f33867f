import type { IncomingMessage } from 'node:http'

/**
 * Matches the paths for monitoring, which are answered also when the server is overloaded. As for the router, a slash at the
 * end and a query make no difference, and a host may precede the path.
 */
export function isHealthCheck({ url }: IncomingMessage): boolean {
  return /^(?:https?:\/\/[^/]*)?\/(?:health|ready)\/?(?:[?#]|$)/.test(url!)
}
