import type { IncomingMessage } from 'node:http'
import type { Entrance } from '../entrance.ts'

/** Whether the header `Origin` of the call names this server. False if there is none. */
export function namesOwnOrigin(message: IncomingMessage, entrance: Entrance): boolean {
  const { origin, host } = message.headers
  if (origin === undefined) return false
  // Behind a TLS proxy that is not configured here, only the host can be compared, not the protocol.
  if (host !== undefined && origin.replace(/^https?:\/\//, '') === host) return true
  return origin === new URL(entrance.baseUrlOf({ raw: message })).origin
}
