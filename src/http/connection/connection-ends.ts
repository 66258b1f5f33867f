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

/** After this long without progress in sending the last answers, the connection is cut. */
const sendingIdleMs: Millis = 300_000
/**
 * After the last answer, the server reads on until the caller closes its end. It cuts the connection after this long without
 * bytes. The caller may still be sending, for example the rest of a refused body.
 */
const lingerIdleMs: Millis = 2_000
/** Bounds the reading after the last answer, even if bytes keep coming. */
const lingerMsMax: Millis = 30_000

/**
 * Ends connections on which more calls may still arrive. A connection ends if Node could not read its bytes as HTTP, if too many
 * calls came ahead of their answers, or if a call or its answer asked for it. Earlier calls on it get their answers first: a call
 * that was performed must not look refused (rule 11.6).
 */
export class ConnectionEnds {
  readonly #rateLimits: RateLimits
  /** Connections that Node handed over after a CONNECT. Node does not close them any more. */
  readonly #tunnels = new Set<Socket>()

  constructor(rateLimits: RateLimits) {
    this.#rateLimits = rateLimits
  }

  /** Call this for each new connection. Without it, bytes that follow the last call could cost that call its answer. */
  addConnection(socket: Socket): void {
    ConnectionState.begin(socket)
    closeBy(socket, () => end(socket))
  }

  /**
   * Call this for each call when it arrives.
   *
   * @returns false if the call must not be performed: the connection is already ending, or too many earlier calls wait for their
   *   answers. In the second case the connection ends with 503
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
      // An unread body would keep the connection from being read to its end, and the other calls would lose their answers.
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
   * Refuses CONNECT. Node hands over the connection as the beginning of a tunnel and removes its own listeners, although earlier
   * calls may still be under way on it.
   */
  refuseTunnel(socket: Socket): void {
    this.#tunnels.add(socket)
    socket.on('close', () => this.#tunnels.delete(socket))
    for (const listener of connectionOf(socket).closeListeners) socket.on('close', listener)
    // After an error Node destroys the socket. An error without a listener would end the process.
    socket.on('error', () => {})
    // Only a socket that is read notices that the caller has gone.
    socket.on('end', () => end(socket))
    socket.resume()
    const methods = 'OPTIONS'
    const refusal = new HeadlockError('methodNotAllowed', { methods })
    this.#refuse(socket, () => this.#end(socket, '405 Method Not Allowed', refusal, `Allow: ${methods}\r\n`))
  }

  /** Cuts the connections that Node handed over, which Node's server cannot cut. */
  cutTunnels(): void {
    for (const socket of this.#tunnels) socket.destroy()
  }

  /** Answers bytes that Node could not read as a call or as the rest of one, and closes the connection. */
  refuse(error: Error, socket: Socket): void {
    const { status, problem } = protocolProblem(error)
    const refusal = invalidInput(problem)
    const { latestCall } = connectionOf(socket)
    // The error is in the body of a call, so the answer to that call reports it.
    if (latestCall !== null && !latestCall.message.complete) {
      latestCall.breakBody(refusal)
      this.#refuse(socket, () => end(socket))
    } else {
      this.#refuse(socket, () => this.#end(socket, status, refusal))
    }
  }

  /** Runs `last` when all earlier calls are answered. */
  #refuse(socket: Socket, last: () => void): void {
    // Node reports the error again with each further packet.
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

/** Sends the text and ends the connection. Reads on until the caller has closed its end or takes too long. */
function end(socket: Socket, text = ''): void {
  if (!socket.writable) return
  socket.once('timeout', () => socket.destroy())
  socket.setTimeout(sendingIdleMs)
  socket.end(text, () => {
    // Restarts whenever either side sends bytes.
    socket.setTimeout(lingerIdleMs)
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
