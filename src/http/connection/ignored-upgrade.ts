import type { CallContext } from '../call-context.ts'
import { connectionOf } from './connection-state.ts'
import { CallParser } from './node-internals.ts'

/**
 * Takes a call that offers another protocol (`Upgrade: h2c`, `websocket`) for what it is without the offer: a server may
 * ignore it, and the connection stays as it was (RFC 9110, 7.8). Java's default client makes one with every call.
 *
 * Node's parser stops behind such a call, because bytes of another protocol could follow, and drops what came in the same
 * packet: the next call, say. So it is told to read on. Should a later Node.js not know this way, the connection ends with
 * this answer, and no call is lost in silence.
 */
export function ignoreUpgrade({ message: { socket }, response }: CallContext): void {
  const connection = connectionOf(socket)
  if (connection.readsOnBehindOffers) return
  const parser = CallParser.of(socket)
  let lastOffer: CallContext | undefined
  if (parser?.afterEachPacket(readOn)) connection.readsOnBehindOffers = true
  else response.shouldKeepAlive = false

  // Node holds the parser back, where it has to, only when it is told: all of the packet has to be read by then.
  function readOn(parsed: number | Error): number | Error {
    let rest: Buffer | undefined
    let last = parsed
    for (;;) {
      const call = connection.latestCall!
      if (typeof last !== 'number' || call.message.headers.upgrade === undefined) return last
      rest ??= parser!.packet
      const hasMore = last < rest.length
      // While the parser believes in an upgrade, it keeps its errors to itself.
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
  const reason = 'Invalid body or a call too many'
  return Object.assign(new Error(reason), { code: 'HPE_USER', reason })
}
