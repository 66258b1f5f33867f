import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { HeadlockError } from '../domain/errors.ts'
import type { Millis } from '../domain/time.ts'
import { errorText, invalidInput, jsonType } from './errors.ts'
import { type RateLimits, rateLimitHeader } from './rate-limits.ts'

declare module 'node:http' {
  interface IncomingMessage {
    /** What it is answered with. */
    response?: ServerResponse
    /** Why the rest of its body cannot be read. */
    brokenBy?: HeadlockError
  }
}

declare module 'node:net' {
  interface Socket {
    /** The call that came last on this connection. */
    latestCall?: IncomingMessage
    /** What came on it could not be read; it ends as soon as what was read is answered. */
    isUnreadable?: true
  }
}

/** How long a caller may take to hear the last answer and to close its end. */
const lingerMs: Millis = 2_000

/**
 * What happens to a connection whose bytes Node could not read as HTTP. Calls that came before on it are under way, and
 * get their answers first: one that was done must not look refused (rule 11.6).
 */
export class ProtocolErrors {
  readonly #rateLimits: RateLimits

  constructor(rateLimits: RateLimits) {
    this.#rateLimits = rateLimits
  }

  /** Has to be told of each call when it comes. */
  begin(message: IncomingMessage, response: ServerResponse): void {
    message.response = response
    message.socket.latestCall = message
    // Node drops what came in one packet with an upgrade that nobody wanted, the next call say: none may follow.
    if (message.headers.upgrade !== undefined) response.shouldKeepAlive = false
  }

  /** For CONNECT, which Node hands over as the beginning of a tunnel. */
  refuseTunnel(socket: Socket): void {
    const methods = 'OPTIONS'
    const refusal = new HeadlockError('methodNotAllowed', { methods })
    this.#refuse(socket, () => this.#end(socket, '405 Method Not Allowed', refusal, `Allow: ${methods}\r\n`))
  }

  /** Answers for bytes that are no call, or in the middle of one, and closes the connection. */
  refuse(error: Error, socket: Socket): void {
    const { status, problem } = protocolProblem(error)
    const refusal = invalidInput(problem)
    const { latestCall } = socket
    // It broke off in the body of a call: the answer to that call is the one that says so.
    if (latestCall !== undefined && !latestCall.complete) {
      latestCall.brokenBy = refusal
      latestCall.emit(bodyBroken, refusal)
      this.#refuse(socket, () => end(socket))
    } else {
      this.#refuse(socket, () => this.#end(socket, status, refusal))
    }
  }

  /** When all calls that came before are answered. */
  #refuse(socket: Socket, last: () => void): void {
    // Node says so again with each further packet.
    if (socket.isUnreadable) return
    socket.isUnreadable = true
    const latest = socket.latestCall?.response
    if (!socket.writable) socket.destroy()
    else if (latest === undefined || latest.closed || latest.writableFinished) last()
    else latest.once('close', last)
  }

  #end(socket: Socket, status: string, refusal: HeadlockError, headers = ''): void {
    const body = errorText(refusal)
    end(
      socket,
      `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: ${jsonType}\r\n` +
        `${rateLimitHeader}: ${this.#rateLimits.limitOf('rest')}\r\n${headers}` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
  }
}

/** The event of a message whose body cannot be read any further; with the refusal of the call. */
export const bodyBroken = Symbol('the body is broken')

/** Says the last word. Who does not close the other end then is cut off: nothing else looks after such a connection. */
function end(socket: Socket, text = ''): void {
  if (socket.destroyed) return
  socket.end(text)
  const cut = setTimeout(() => socket.destroy(), lingerMs).unref()
  socket.once('close', () => clearTimeout(cut))
}

function protocolProblem(error: Error): { status: string; problem: string } {
  const code = 'code' in error ? error.code : undefined
  if (code === 'HPE_HEADER_OVERFLOW') {
    return {
      status: '431 Request Header Fields Too Large',
      problem: 'the headers and the URL are too large together',
    }
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { status: '408 Request Timeout', problem: 'the call did not arrive completely in time' }
  }
  return { status: '400 Bad Request', problem: `this is not a valid HTTP message (${error.message})` }
}
