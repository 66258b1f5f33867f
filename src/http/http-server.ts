import { Server, type ServerOptions } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionEnds } from './connection-ends.ts'

/** Node's server, but for what it does to connections when it closes. */
export class HttpServer extends Server {
  readonly #connectionEnds: ConnectionEnds
  readonly #connections = new Set<Socket>()

  constructor(options: ServerOptions, connectionEnds: ConnectionEnds) {
    super(options)
    this.#connectionEnds = connectionEnds
    this.on('connection', (socket) => {
      // First: it remembers the listeners that are there, which are Node's.
      connectionEnds.welcome(socket)
      this.#connections.add(socket)
      socket.on('close', () => this.#connections.delete(socket))
    })
    this.on('connect', (_message, socket) => connectionEnds.refuseTunnel(socket as Socket))
  }

  /** For Node a connection is idle when its answer is written, though much of it may not have left yet. */
  override closeIdleConnections(): void {
    const sending = [...this.#connections].filter(({ writableLength }) => writableLength > 0)
    for (const socket of sending) socket.destroy = () => socket
    super.closeIdleConnections()
    // That of its class comes to light again.
    for (const socket of sending) Reflect.deleteProperty(socket, 'destroy')
  }

  override closeAllConnections(): void {
    super.closeAllConnections()
    this.#connectionEnds.cutTunnels()
  }
}
