import type { IncomingMessage } from 'node:http'

/**
 * Whoever watches the server wants an answer also when it has more to do than it can. As the router reads it: a slash at the
 * end and a query change nothing, and the host may stand before it.
 */
export function asksHow({ url }: IncomingMessage): boolean {
  return /^(?:https?:\/\/[^/]*)?\/(?:health|ready)\/?(?:[?#]|$)/.test(url!)
}
