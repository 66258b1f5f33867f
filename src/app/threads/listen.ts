import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { OperatorError, reasonOf } from '../../domain/operator-error.ts'
import type { Millis } from '../../domain/time.ts'

/** How long calls in flight get to finish when the server closes: Docker kills ten seconds after it asked. */
const drainMs: Millis = 8_000
const idleCheckMs: Millis = 25
/**
 * Connections that the system keeps until they are accepted, where it allows so many. Of what comes beyond that a client
 * hears nothing for seconds, and then tries again by itself: worse than a refusal.
 */
const backlog = 4096

/**
 * Listens, and tells the port: the system's choice when 0 was asked for.
 *
 * @param reusePort whether other threads listen on the same port, and share its connections
 * @throws OperatorError: the port is taken, not allowed, or the address is not of this machine
 */
export async function listen(
  app: FastifyInstance,
  host: string,
  port: number,
  reusePort = false,
): Promise<number> {
  try {
    // One address, one listening socket: left to itself, Fastify opens a second one for the name localhost.
    const { address } = await lookup(host, { order: 'ipv4first' })
    await app.listen({ host: address, port, backlog, ...(reusePort ? { reusePort } : {}) })
  } catch (error) {
    throw listenError(error, host, port)
  }
  return portOf(app.server, port)
}

/**
 * A port that nobody listens on, before several threads share it: sockets that share a port would share it with
 * another server just as well, and nobody would be told that the port was taken.
 *
 * @throws OperatorError as `listen` does
 */
export async function freePort(host: string, port: number): Promise<number> {
  const probe = createServer()
  try {
    const { address } = await lookup(host, { order: 'ipv4first' })
    probe.listen({ host: address, port })
    await once(probe, 'listening')
    return portOf(probe, port)
  } catch (error) {
    throw listenError(error, host, port)
  } finally {
    probe.close()
  }
}

function portOf(server: Server, asked: number): number {
  const bound = server.address()
  return bound !== null && typeof bound === 'object' ? bound.port : asked
}

/** Stops accepting, lets the calls in flight finish, and cuts those that take too long. */
export async function drain(app: FastifyInstance, waitMs = drainMs): Promise<void> {
  const closed = app.close()
  // A connection that was busy when closing began stays open once it is idle; nobody may wait for that.
  const idle = setInterval(() => app.server.closeIdleConnections(), idleCheckMs)
  const cut = setTimeout(() => app.server.closeAllConnections(), waitMs)
  try {
    await closed
  } finally {
    clearInterval(idle)
    clearTimeout(cut)
  }
}

/** By which name or address this machine reaches a server that listens there. */
export function localHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

/** The base URL of a server that is reached by this name or address. */
export function urlOn(host: string, port: number, protocol: 'http' | 'https' = 'http'): string {
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function listenError(cause: unknown, host: string, port: number): Error {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return new OperatorError(
        `Port ${port} on ${host} is in use by another program.`,
        'Stop that program, or choose another port with --port (--port 0 takes a free one).',
        { cause },
      )
    case 'EACCES':
      return new OperatorError(
        `This user may not listen on port ${port}.`,
        'Choose one above 1023 with --port, say --port 4747.',
        { cause },
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new OperatorError(
        `${host} is not an address of this machine.`,
        'Choose one with --host: 127.0.0.1 for this machine alone, 0.0.0.0 for every address it has.',
        { cause },
      )
    default:
      return new OperatorError(
        `The server cannot listen on ${host}, port ${port}: ${reasonOf(cause)}.`,
        'Choose another address with --host, or another port with --port.',
        { cause },
      )
  }
}
