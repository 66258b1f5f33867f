import { Server, type ServerOptions } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionEnds } from './connection-ends.ts'
import { Connections } from './connections.ts'

/** Node's server, but for what it does to connections when it closes. */
export class HttpServer extends Server {
  readonly #connectionEnds: ConnectionEnds
  readonly #connections = new Connections()

  constructor(options: ServerOptions, connectionEnds: ConnectionEnds) {
    super(options)
    this.#connectionEnds = connectionEnds
    this.on('connection', (socket) => {
      // First: it remembers the listeners that are there, which are Node's.
      connectionEnds.addConnection(socket)
      this.#connections.add(socket)
    })
    this.on('connect', (_message, socket) => connectionEnds.refuseTunnel(socket as Socket))
  }

  override closeIdleConnections(): void {
    this.#connections.closeIdle(() => super.closeIdleConnections())
  }

  override closeAllConnections(): void {
    super.closeAllConnections()
    this.#connectionEnds.cutTunnels()
  }
}
