import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { OperatorError, reasonOf } from '../../domain/operator-error.ts'
import type { Millis } from '../../domain/time.ts'

/** How long calls in flight may take when the server closes. Docker kills a container ten seconds after SIGTERM. */
const drainMs: Millis = 8_000
/** How often a closing server closes connections that became idle. Short, because the process waits for them. */
const idleCheckMs: Millis = 25
/**
 * How many connections the system queues until they are accepted, if it allows that many. It drops the packets of further
 * clients, which hear nothing for seconds and then try again. That is worse for them than a refusal.
 */
const backlog = 4096

/**
 * Makes the server listen.
 *
 * @param reusePort whether other threads listen on the same port and share its connections
 * @returns the port, also when `port` is 0 and the system chose it
 * @throws OperatorError when the port is in use or not allowed, or the address does not belong to this machine
 */
export async function listen(
  app: FastifyInstance,
  host: string,
  port: number,
  reusePort = false,
): Promise<number> {
  try {
    // Resolved here, because Fastify opens a second socket for the name localhost.
    const { address } = await lookup(host, { order: 'ipv4first' })
    await app.listen({ host: address, port, backlog, ...(reusePort ? { reusePort } : {}) })
  } catch (error) {
    throw listenError(error, host, port, apiFlags)
  }
  return portOf(app.server, port)
}

/**
 * Makes a server for metrics listen.
 *
 * @returns the port, also when `port` is 0 and the system chose it
 * @throws OperatorError as `listen` does, with the flags of the metrics
 */
export async function listenForMetrics(server: Server, host: string, port: number): Promise<number> {
  try {
    const { address } = await lookup(host, { order: 'ipv4first' })
    server.listen({ host: address, port })
    await once(server, 'listening')
  } catch (error) {
    throw listenError(error, host, port, metricsFlags)
  }
  return portOf(server, port)
}

/**
 * Makes sure that nobody listens on a port before several threads share it. Sockets with `reusePort` would also share the
 * port with another server, and no error would say that it is in use.
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
    throw listenError(error, host, port, apiFlags)
  } finally {
    probe.close()
  }
}

function portOf(server: Server, asked: number): number {
  const bound = server.address()
  return bound !== null && typeof bound === 'object' ? bound.port : asked
}

/** Stops accepting calls, lets the calls in flight finish, and cuts connections whose calls take too long. */
export async function drain(app: FastifyInstance, waitMs = drainMs): Promise<void> {
  const closed = app.close()
  // Fastify does not close a connection that becomes idle after closing began.
  const idle = setInterval(() => app.server.closeIdleConnections(), idleCheckMs)
  const cut = setTimeout(() => app.server.closeAllConnections(), waitMs)
  try {
    await closed
  } finally {
    clearInterval(idle)
    clearTimeout(cut)
  }
}

/** The name or address by which this machine reaches a server that listens on `host`. */
export function localHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

/** The base URL of a server with this name or address. */
export function urlOn(host: string, port: number, protocol: 'http' | 'https' = 'http'): string {
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The flags that name an address, for messages. */
interface ListenFlags {
  readonly host: string
  readonly port: string
  /** A port that any user may listen on. */
  readonly freePort: number
}

const apiFlags: ListenFlags = { host: '--host', port: '--port', freePort: 4747 }
const metricsFlags: ListenFlags = { host: '--metrics-host', port: '--metrics-port', freePort: 9747 }

function listenError(cause: unknown, host: string, port: number, flags: ListenFlags): Error {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return new OperatorError(
        `Port ${port} on ${host} is in use by another program.`,
        `Stop that program, or choose another port with ${flags.port} (${flags.port} 0 takes a free one).`,
        { cause },
      )
    case 'EACCES':
      return new OperatorError(
        `This user may not listen on port ${port}.`,
        `Choose a port above 1023 with ${flags.port}, for example ${flags.port} ${flags.freePort}.`,
        { cause },
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new OperatorError(
        `${host} is not an address of this machine.`,
        `Choose one with ${flags.host}: 127.0.0.1 for this machine alone, 0.0.0.0 for all its addresses.`,
        { cause },
      )
    default:
      return new OperatorError(
        `The server cannot listen on ${host}, port ${port}: ${reasonOf(cause)}.`,
        `Choose another address with ${flags.host}, or another port with ${flags.port}.`,
        { cause },
      )
  }
}
