import type { CallContext } from '../call-context.ts'
import { connectionOf } from './connection-state.ts'
import { CallParser } from './node-internals.ts'

/**
 * Ignores the offer of a call to switch to another protocol (`Upgrade: h2c`, `websocket`). A server may do this, and the
 * connection then stays HTTP/1.1 (RFC 9110, 7.8). Java's default client makes such an offer with every call.
 *
 * Node's parser stops after such a call, because bytes of another protocol could follow. It drops the rest of the packet, which may
 * hold the next call. This function makes the parser read on. If a later Node.js does not support this, the connection closes after
 * the answer, so the caller can see that further calls were not performed.
 */
export function ignoreUpgrade({ message: { socket }, response }: CallContext): void {
  const connection = connectionOf(socket)
  if (connection.readsOnBehindOffers) return
  const parser = CallParser.of(socket)
  let lastOffer: CallContext | undefined
  if (parser?.afterEachPacket(readOn)) connection.readsOnBehindOffers = true
  else response.shouldKeepAlive = false

  // Node pauses the parser, if needed, only after this returns. So all of the packet has to be read here.
  function readOn(parsed: number | Error): number | Error {
    let rest: Buffer | undefined
    let last = parsed
    for (;;) {
      const call = connection.latestCall!
      if (typeof last !== 'number' || call.message.headers.upgrade === undefined) return last
      rest ??= parser!.packet
      const hasMore = last < rest.length
      // The parser reports no errors while it expects an upgrade.
      if (!call.message.complete) return hasMore ? brokenCall() : last
      if (call !== lastOffer) parser!.forgetUpgrade()
      else if (hasMore) return parser!.isAtTunnel ? last : brokenCall()
      lastOffer = call
      if (!hasMore) return last
      rest = rest.subarray(last)
      last = parser!.read(rest)
    }
  }
}

function brokenCall(): Error {
  const reason = 'Invalid body or unexpected bytes after a call'
  return Object.assign(new Error(reason), { code: 'HPE_USER', reason })
}
