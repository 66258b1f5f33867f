import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** What Node reads calls with, as far as it is used here. It is not documented. */
interface Parser {
  readonly _consumed?: boolean
  incoming: IncomingMessage | null
  onIncoming: () => number
  execute(bytes: Buffer): number | Error
  getCurrentBuffer(): Buffer
  [callback: number]: ((parsed: number | Error) => void) | null | undefined
}

declare module 'node:http' {
  interface IncomingMessage {
    /** Node's own: whether the connection is another protocol's behind it. */
    readonly upgrade?: boolean
  }
}

/** Any call that offers nothing. */
const plainCall = Buffer.from('GET / HTTP/1.1\r\n\r\n')

/** Connections that are read on behind offers already. */
const readOnBehindOffers = new WeakSet<Socket>()

/**
 * Takes a call that offers another protocol (`Upgrade: h2c`, `websocket`) for what it is without the offer: a server may
 * ignore it, and the connection stays as it was (RFC 9110, 7.8). Java's default client makes one with every call.
 *
 * Node's parser stops behind such a call, because bytes of another protocol could follow, and drops what came in the same
 * packet: the next call, say. So it is told to read on. Should a later Node.js not know this way, the connection ends with
 * this answer, and no call is lost in silence.
 */
export function ignoreUpgrade(socket: Socket, response: ServerResponse): void {
  if (readOnBehindOffers.has(socket)) return
  const parser = socket.parser as unknown as Parser | null | undefined
  const afterPacket = parser ? indexOfAfterPacket(parser) : undefined
  if (!parser || afterPacket === undefined) {
    response.shouldKeepAlive = false
    return
  }
  readOnBehindOffers.add(socket)
  const tellNode = parser[afterPacket]!
  let lastOffer: IncomingMessage | undefined
  parser[afterPacket] = (parsed) => tellNode(readOn(parsed))

  // Node holds the parser back, where it has to, only when it is told: all of the packet has to be read by then.
  function readOn(parsed: number | Error): number | Error {
    let rest: Buffer | undefined
    let last = parsed
    for (;;) {
      const call = socket.latestCall!
      if (typeof last !== 'number' || call.headers.upgrade === undefined) return last
      rest ??= parser!.getCurrentBuffer()
      const hasMore = last < rest.length
      // While the parser believes in an upgrade, it keeps its errors to itself.
      if (!call.complete) return hasMore ? brokenCall() : last
      if (call !== lastOffer) forgetOffer(parser!)
      else if (hasMore) return parser!.incoming?.upgrade === true ? last : brokenCall()
      lastOffer = call
      if (!hasMore) return last
      rest = rest.subarray(last)
      last = parser!.execute(rest)
    }
  }
}

/** Where the parser has what it calls after each packet; undefined where it is given its packets in another way. */
function indexOfAfterPacket(parser: Parser): number | undefined {
  const { kOnExecute } = parser.constructor as { kOnExecute?: number }
  const isKnown = kOnExecute !== undefined && typeof parser[kOnExecute] === 'function'
  return isKnown && parser._consumed === true ? kOnExecute : undefined
}

/** The parser believes in an upgrade until it has read a call that offers none: it is given one, which nobody performs. */
function forgetOffer(parser: Parser): void {
  const { incoming, onIncoming } = parser
  parser.onIncoming = () => 0
  parser.execute(plainCall)
  parser.onIncoming = onIncoming
  parser.incoming = incoming
}

function brokenCall(): Error {
  const reason = 'Invalid body or a call too many'
  return Object.assign(new Error(reason), { code: 'HPE_USER', reason })
}
