import type { IncomingMessage } from 'node:http'
import { namesOwnOrigin } from '../browsers/own-origin.ts'
import type { Entrance } from '../entrance.ts'

/**
 * The header that the console sends with each of its calls. A page of another site can only send it if this server allows that
 * before, and a form or a link cannot send it at all.
 */
export const consoleHeader = 'x-headlock-console'

/**
 * Whether a sign-in may replace the token of a call of the API: only the console on this server can have made it. A browser adds cookies
 * to calls that other pages on this host made, and to addresses that somebody typed. So a call that changes something has to name this
 * server as its origin, which browsers do and pages cannot forge.
 */
export function isConsoleCall(message: IncomingMessage, entrance: Entrance): boolean {
  const { method, headers } = message
  if (headers[consoleHeader] !== '1') return false
  // On plain HTTP, browsers leave this header out.
  if ((headers['sec-fetch-site'] ?? 'same-origin') !== 'same-origin') return false
  const changesNothing = method === 'GET' && headers.origin === undefined
  return changesNothing || namesOwnOrigin(message, entrance)
}
