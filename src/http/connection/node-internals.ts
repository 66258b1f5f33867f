/**
 * Everything here relies on undocumented behaviour of Node.js. `test/http/node-internals.test.ts` tests each part alone. So if a new
 * Node.js behaves differently, that test fails and shows that the fault is not in our own code.
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** The newest Node.js version on which all of it was checked. */
export const checkedOn = 'v24.21.0'

declare module 'node:http' {
  interface IncomingMessage {
    /** Whether Node hands the connection over after this call. Without an upgrade listener, only CONNECT does that. */
    readonly upgrade?: boolean
  }
}

declare module 'node:net' {
  interface Socket {
    /** Node's parser for the calls on this connection. */
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

/** A call without an upgrade offer. */
const plainCall = Buffer.from('GET / HTTP/1.1\r\n\r\n')

/** Node's parser for the calls on one connection. */
export class CallParser {
  readonly #parser: Parser

  private constructor(parser: Parser) {
    this.#parser = parser
  }

  /** Null if the connection is not, or no longer, read as HTTP. */
  static of({ parser }: Socket): CallParser | null {
    return parser ? new CallParser(parser as Parser) : null
  }

  /**
   * Stops parsing, beginning with the rest of this packet. If a Node.js does not support this, calls arrive as
   * before.
   */
  stop(): void {
    // The parser stops with an error, which Node reports as an error of the caller.
    this.#parser.onIncoming = () => -1
  }

  /**
   * Calls `readOn` after each packet with the number of parsed bytes or an error. Node gets what `readOn` returns
   * instead.
   *
   * @returns false if this parser does not read its packets from the socket itself
   */
  afterEachPacket(readOn: (parsed: number | Error) => number | Error): boolean {
    const { kOnExecute } = this.#parser.constructor as { kOnExecute?: number }
    const notifyNode = kOnExecute === undefined ? undefined : this.#parser[kOnExecute]
    if (kOnExecute === undefined || typeof notifyNode !== 'function' || this.#parser._consumed !== true)
      return false
    this.#parser[kOnExecute] = (parsed) => notifyNode(readOn(parsed))
    return true
  }

  /** The packet that is being read. */
  get packet(): Buffer {
    return this.#parser.getCurrentBuffer()
  }

  read(bytes: Buffer): number | Error {
    return this.#parser.execute(bytes)
  }

  /** Whether the latest call is a CONNECT, which makes the connection a tunnel. */
  get isAtTunnel(): boolean {
    return this.#parser.incoming?.upgrade === true
  }

  /** The parser expects an upgrade until it has read a call without an offer. So it is given such a call, which is not performed. */
  forgetUpgrade(): void {
    const { incoming, onIncoming } = this.#parser
    this.#parser.onIncoming = () => 0
    this.#parser.execute(plainCall)
    this.#parser.onIncoming = onIncoming
    this.#parser.incoming = incoming
  }
}

/**
 * Makes `end` close the connection after its last answer. Node calls `destroySoon` for that. Node's own method closes the socket at
 * once. If unread bytes are left or more arrive, the system then resets the connection, and the caller loses answers that it has not
 * read.
 */
export function closeBy(socket: Socket, end: () => void): void {
  socket.destroySoon = end
}

/**
 * Makes Node close idle connections, except those that are still sending. For Node a connection is idle once its answer is written,
 * even if the bytes have not been sent. Node closes connections with `destroy`.
 */
export function closeIdle(sockets: Iterable<Socket>, closeIdleConnections: () => void): void {
  const sending = [...sockets].filter(({ writableLength }) => writableLength > 0)
  for (const socket of sending) socket.destroy = () => socket
  closeIdleConnections()
  // Restores the method of the class.
  for (const socket of sending) Reflect.deleteProperty(socket, 'destroy')
}
