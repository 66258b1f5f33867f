import { Server, type ServerOptions } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionEnds } from './connection-ends.ts'
import { Connections } from './connections.ts'

/** Node's HTTP server. Differs in how connections end, above all when the server closes. */
export class HttpServer extends Server {
  readonly #connectionEnds: ConnectionEnds
  readonly #connections = new Connections()

  constructor(options: ServerOptions, connectionEnds: ConnectionEnds) {
    super(options)
    this.#connectionEnds = connectionEnds
    this.on('connection', (socket) => {
      // Has to be first: it keeps the listeners that it finds, and only Node's are there yet.
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
