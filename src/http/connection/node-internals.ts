/**
 * Everything here leans on what Node.js does and does not document. `test/http/node-internals.test.ts` asks for each of these
 * things alone, so that a Node.js that has changed them is told from a fault of ours.
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** The last Node.js on which all of it was seen to hold. */
export const checkedOn = 'v24.21.0'

declare module 'node:http' {
  interface IncomingMessage {
    /** Whether Node hands the connection over behind it. Without a listener for upgrades that is so for CONNECT alone. */
    readonly upgrade?: boolean
  }
}

declare module 'node:net' {
  interface Socket {
    /** What Node reads calls with. */
    parser?: object | null
  }
}

interface Parser {
  readonly _consumed?: boolean
  incoming: IncomingMessage | null
  onIncoming: () => number
  execute(bytes: Buffer): number | Error
  getCurrentBuffer(): Buffer
  [callback: number]: ((parsed: number | Error) => void) | null | undefined
}

/** Any call that offers nothing. */
const plainCall = Buffer.from('GET / HTTP/1.1\r\n\r\n')

/** What Node reads the calls of a connection with. */
export class CallParser {
  readonly #parser: Parser

  private constructor(parser: Parser) {
    this.#parser = parser
  }

  /** Null where the connection is not read as HTTP, or not any more. */
  static of({ parser }: Socket): CallParser | null {
    return parser ? new CallParser(parser as Parser) : null
  }

  /**
   * Makes nothing any more of what comes, beginning with the rest of this packet. Should a Node.js not know this way, calls
   * come as before.
   */
  stop(): void {
    // For the parser it is an error, which Node reports as that of the caller.
    this.#parser.onIncoming = () => -1
  }

  /**
   * Has `readOn` called after each packet, with how far the parser has come or its error, before Node hears of it; Node hears
   * what it returns.
   *
   * @returns false where this parser is given its packets in another way
   */
  afterEachPacket(readOn: (parsed: number | Error) => number | Error): boolean {
    const { kOnExecute } = this.#parser.constructor as { kOnExecute?: number }
    const tellNode = kOnExecute === undefined ? undefined : this.#parser[kOnExecute]
    if (kOnExecute === undefined || typeof tellNode !== 'function' || this.#parser._consumed !== true)
      return false
    this.#parser[kOnExecute] = (parsed) => tellNode(readOn(parsed))
    return true
  }

  /** The packet that is being read. */
  get packet(): Buffer {
    return this.#parser.getCurrentBuffer()
  }

  read(bytes: Buffer): number | Error {
    return this.#parser.execute(bytes)
  }

  /** Whether the call that came last is a CONNECT, which makes a tunnel of the connection. */
  get isAtTunnel(): boolean {
    return this.#parser.incoming?.upgrade === true
  }

  /** The parser believes in an upgrade until it has read a call that offers none: it is given one, which nobody performs. */
  forgetUpgrade(): void {
    const { incoming, onIncoming } = this.#parser
    this.#parser.onIncoming = () => 0
    this.#parser.execute(plainCall)
    this.#parser.onIncoming = onIncoming
    this.#parser.incoming = incoming
  }
}

/**
 * Has `end` close the connection behind its last answer. Node calls `destroySoon` for that. Its own closes at once, and a socket
 * closed with bytes unread, or on which more come, tells the other side to throw away what it has not heard yet.
 */
export function closeBy(socket: Socket, end: () => void): void {
  socket.destroySoon = end
}

/**
 * Has Node close connections that are idle, but for those of which much has not left yet: for Node a connection is idle when its
 * answer is written. It closes them by `destroy`.
 */
export function closeIdle(sockets: Iterable<Socket>, closeIdleConnections: () => void): void {
  const sending = [...sockets].filter(({ writableLength }) => writableLength > 0)
  for (const socket of sending) socket.destroy = () => socket
  closeIdleConnections()
  // That of its class comes to light again.
  for (const socket of sending) Reflect.deleteProperty(socket, 'destroy')
}
