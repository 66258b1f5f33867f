import type { Socket } from 'node:net'
import { HeadlockError } from '../../domain/errors.ts'
import type { Millis } from '../../domain/time.ts'
import { securityHeaderLines } from '../browsers/security-headers.ts'
import type { CallContext } from '../call-context.ts'
import { errorText, invalidInput, jsonType } from '../errors/errors.ts'
import { type RateLimits, rateLimitHeader } from '../rate-limit/rate-limits.ts'
import { ConnectionState, connectionOf } from './connection-state.ts'
import { ignoreUpgrade } from './ignored-upgrade.ts'
import { closeBy } from './node-internals.ts'
import { isTooFarAhead, pipelinedMax, stopReading } from './pipeline.ts'

/** For the last answers to leave, as long as some of them do. */
const leavingMs: Millis = 300_000
/** For the caller to close its end after that, or to send more of what nobody wants: the rest of a refused body, say. */
const lingerMs: Millis = 2_000
const lingerMsMax: Millis = 30_000

/**
 * How a connection ends on which calls or parts of calls may still come: one whose bytes Node could not read as HTTP, one on
 * which too many calls came ahead of their answers, and one that the call or its answer wanted closed. Calls that came before
 * are under way, and get their answers first: one that was done must not look refused (rule 11.6).
 */
export class ConnectionEnds {
  readonly #rateLimits: RateLimits
  /** Connections that Node has handed over, and knows nothing of any more. */
  readonly #tunnels = new Set<Socket>()

  constructor(rateLimits: RateLimits) {
    this.#rateLimits = rateLimits
  }

  /** Has to be told of each connection: what is sent behind the last call must not cost that call its answer. */
  addConnection(socket: Socket): void {
    ConnectionState.begin(socket)
    closeBy(socket, () => end(socket))
  }

  /**
   * Has to be told of each call when it comes.
   *
   * @returns false when it came behind the last one that is answered on its connection, or when too many before it wait for their
   *   answers, which ends the connection with 503: it must not be performed
   */
  begin(call: CallContext): boolean {
    const { message, response } = call
    const { socket } = message
    const connection = connectionOf(socket)
    if (!socket.writable || connection.isUnreadable) {
      message.resume()
      stopReading(socket)
      return false
    }
    if (isTooFarAhead(connection, response)) {
      // Left unread, its body would keep the connection from being read to its end, and that would cost the others their answers.
      message.resume()
      const problem = `${pipelinedMax} calls on this connection are not answered yet`
      const refusal = new HeadlockError('storeUnavailable', { problem })
      this.#refuse(socket, () => this.#end(socket, '503 Service Unavailable', refusal, 'Retry-After: 1\r\n'))
      stopReading(socket)
      return false
    }
    connection.latestCall = call
    if (message.headers.upgrade !== undefined) ignoreUpgrade(call)
    return true
  }

  /**
   * For CONNECT, which Node hands over as the beginning of a tunnel: it has taken its listeners away, though calls that came
   * before may be under way on it.
   */
  refuseTunnel(socket: Socket): void {
    this.#tunnels.add(socket)
    socket.on('close', () => this.#tunnels.delete(socket))
    for (const listener of connectionOf(socket).closeListeners) socket.on('close', listener)
    // It is destroyed then. An error that nobody listens for would end the process.
    socket.on('error', () => {})
    // A caller that goes away is noticed by who reads.
    socket.on('end', () => end(socket))
    socket.resume()
    const methods = 'OPTIONS'
    const refusal = new HeadlockError('methodNotAllowed', { methods })
    this.#refuse(socket, () => this.#end(socket, '405 Method Not Allowed', refusal, `Allow: ${methods}\r\n`))
  }

  /** Cuts the connections that the server itself cannot cut, because they were to be tunnels. */
  cutTunnels(): void {
    for (const socket of this.#tunnels) socket.destroy()
  }

  /** Answers for bytes that are no call, or in the middle of one, and closes the connection. */
  refuse(error: Error, socket: Socket): void {
    const { status, problem } = protocolProblem(error)
    const refusal = invalidInput(problem)
    const { latestCall } = connectionOf(socket)
    // It broke off in the body of a call: the answer to that call is the one that says so.
    if (latestCall !== null && !latestCall.message.complete) {
      latestCall.breakBody(refusal)
      this.#refuse(socket, () => end(socket))
    } else {
      this.#refuse(socket, () => this.#end(socket, status, refusal))
    }
  }

  /** When all calls that came before are answered. */
  #refuse(socket: Socket, last: () => void): void {
    // Node says so again with each further packet.
    const connection = connectionOf(socket)
    if (connection.isUnreadable) return
    connection.isUnreadable = true
    const latest = connection.latestCall?.response
    if (latest === undefined || latest.closed || latest.writableFinished) last()
    else latest.once('close', last)
  }

  #end(socket: Socket, status: string, refusal: HeadlockError, headers = ''): void {
    const body = errorText(refusal)
    end(
      socket,
      `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: ${jsonType}\r\n` +
        `${rateLimitHeader}: ${this.#rateLimits.limitOf('rest')}\r\n${securityHeaderLines}${headers}` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
  }
}

/** Says the last word, and reads on until the caller has closed the other end, or takes too long for it. */
function end(socket: Socket, text = ''): void {
  if (!socket.writable) return
  socket.once('timeout', () => socket.destroy())
  socket.setTimeout(leavingMs)
  socket.end(text, () => {
    // Either end's bytes begin it anew.
    socket.setTimeout(lingerMs)
    const cut = setTimeout(() => socket.destroy(), lingerMsMax).unref()
    socket.once('close', () => clearTimeout(cut))
  })
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
